import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { Report } from '../../src/commands/report.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openPointers, type Pointer } from '../../src/ledger/pointers.js';
import { createTableResolver, type TableResolver } from '../../src/ledger/resolve-table.js';
import { type EngineProxy, type Intercept, type ProxiedRequest, startProxy } from '../dynamodb/proxy.js';
import { createProject, finished, type Project } from '../support/project.js';
import { allItems, putItems } from '../support/tables.js';

/** Renames, adds, removes and leaves out: whatever a way back has to make up for. */
export const move = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Notes become remarks, and secrets go',
  from: table('NOTES'),
  to: table('REMARKS'),
  up: (items) =>
    items
      .filter((item) => item.kind !== 'draft')
      .rename('note', 'remark')
      .add('channel', 'EMAIL')
      .remove('secret'),
});
`;

export const id = '001-move';

/** An item that was never touched since: `note-7` is the seventh. Every fifth is a draft, which the move leaves out. */
export function seed(index: number): RawItem {
  return {
    id: { S: `seed-${index}` },
    kind: { S: index % 5 === 0 ? 'draft' : 'live' },
    note: { S: `note-${index}` },
    secret: { S: `secret-${index}` },
  };
}

export interface WorldOptions {
  readonly engine: { readonly endpoint: string; readonly client: DynamoDBClient };
  /** The migrations, by path. Default: {@link move}, alone. */
  readonly files?: Readonly<Record<string, string>>;
  /** More keys of the environment. */
  readonly environment?: string;
  /** Items that are there before the move. Default: 20 seeds. */
  readonly items?: readonly RawItem[];
  /** Further settings of the source table. */
  readonly source?: Partial<CreateTableCommandInput>;
}

/** A project with a move, on tables of its own; what its commands say passes a proxy, what applications say does not. */
export interface World {
  readonly project: Project;
  readonly client: DynamoDBClient;
  readonly proxy: EngineProxy;
  /** Real names. */
  readonly source: string;
  readonly target: string;
  readonly metaTable: string;
  /** For an application: a new one knows nothing yet. */
  readonly resolver: () => TableResolver;
  readonly pointer: () => Promise<Pointer | undefined>;
  readonly items: (table: string) => Promise<Map<string, RawItem>>;
  readonly put: (table: string, item: RawItem) => Promise<void>;
  readonly remove: (table: string, id: string) => Promise<void>;
  /** Every row of the meta table, by its key. */
  readonly dump: () => Promise<Record<string, RawItem>>;
  /** The names of the tables of this world that are there, the meta table left out. */
  readonly tables: () => Promise<string[]>;
  readonly streamOf: (table: string) => Promise<string | undefined>;
  readonly dispose: () => Promise<void>;
}

let worlds = 0;

export async function createWorld({
  engine,
  files = { [`migrations/${id}.mjs`]: move },
  environment = '',
  items = Array.from({ length: 20 }, (_, index) => seed(index)),
  source: settings = {},
}: WorldOptions): Promise<World> {
  worlds += 1;
  const prefix = `w${process.pid}-${worlds}-`;
  const metaTable = `${prefix}meta`;
  const proxy = await startProxy(engine.endpoint);
  const project = await createProject({
    endpoint: proxy.endpoint,
    environment: `leaseSeconds: 8, metaTable: '${metaTable}', tableName: (name) => '${prefix}' + name,
      cutover: { cacheSeconds: 0.5, writeSeconds: 1 }, ${environment}`,
    files,
  });
  const { client } = engine;
  const [source, target] = [`${prefix}NOTES`, `${prefix}REMARKS`];
  await client.send(
    new CreateTableCommand({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      ...settings,
      TableName: source,
    }),
  );
  await putItems(client, source, items);
  const meta = openMetaTable({ client, tableName: metaTable });
  const describe = async (TableName: string) => {
    try {
      return (await client.send(new DescribeTableCommand({ TableName }))).Table;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  };
  return {
    project,
    client,
    proxy,
    source,
    target,
    metaTable,
    resolver: () => createTableResolver({ client, metaTable, tableName: (name) => prefix + name }),
    pointer: () => openPointers({ table: meta }).get('NOTES'),
    items: (table) => allItems(client, table),
    put: async (TableName, Item) => void (await client.send(new PutItemCommand({ TableName, Item }))),
    remove: async (TableName, name) =>
      void (await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: name } } }))),
    async dump() {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: metaTable, ConsistentRead: true }));
      return Object.fromEntries((Items as RawItem[]).map((row) => [`${text(row.pk)}/${text(row.sk)}`, row]));
    },
    async tables() {
      const found = [];
      for (const name of ['NOTES', 'REMARKS']) if (await describe(prefix + name)) found.push(name);
      return found;
    },
    async streamOf(table) {
      const found = await describe(table);
      return found?.StreamSpecification?.StreamEnabled ? found.LatestStreamArn : undefined;
    },
    async dispose() {
      await proxy.close();
      await project.dispose();
    },
  };
}

export function text(value: RawItem[string] | undefined): string {
  return value && 'S' in value ? value.S : '';
}

export type Moment = (request: ProxiedRequest) => boolean;

/** What the commands of a project ask for, as a test wants to hit it. */
export const moments = {
  /** The pointer says: hold back writes. */
  freeze: (request) => isPointerWrite(request) && hasValue(request, { BOOL: true }),
  /** The commit point. */
  flip: (request) => isPointerWrite(request) && hasValue(request, { BOOL: false }) && hasState(request),
  /** Writers are let go on, the old way. */
  unfreeze: (request) => isPointerWrite(request) && hasValue(request, { BOOL: false }) && !hasState(request),
  /** The stream of the table that is left is switched off: nothing more can come. */
  streamOff: ({ operation, input }) =>
    operation === 'UpdateTable' &&
    (input.StreamSpecification as { StreamEnabled?: boolean } | undefined)?.StreamEnabled === false,
  read: ({ operation }) => operation === 'GetRecords',
  deleteTable: ({ operation }) => operation === 'DeleteTable',
} satisfies Record<string, Moment>;

function isIn({ input }: ProxiedRequest, partition: string): boolean {
  return (input.Key as RawItem | undefined)?.pk !== undefined && text((input.Key as RawItem).pk) === partition;
}

function isPointerWrite(request: ProxiedRequest): boolean {
  return request.operation === 'UpdateItem' && isIn(request, 'pointer');
}

function hasState(request: ProxiedRequest): boolean {
  return hasValue(request, { S: 'target' }) || hasValue(request, { S: 'source' });
}

function hasValue({ input }: ProxiedRequest, value: object): boolean {
  const values = Object.values((input.ExpressionAttributeValues ?? {}) as object);
  return values.some((one) => JSON.stringify(one) === JSON.stringify(value));
}

/**
 * Runs a command and kills it without warning at a moment: `after` the request was answered by the engine, or `before`
 * it got there.
 */
export async function killAt(
  { project, proxy }: World,
  { moment, when = 'after' }: { readonly moment: Moment; readonly when?: 'before' | 'after' },
  ...args: string[]
): Promise<void> {
  const child = project.start(...args, '--quiet');
  const ended = finished(child);
  let hit = false;
  const intercept: Intercept = async (request) => {
    if (hit) return 'cut';
    if (!moment(request)) return undefined;
    hit = true;
    if (when === 'after') await request.forward();
    child.kill('SIGKILL');
    return 'cut';
  };
  proxy.intercept = intercept;
  const { stderr } = await ended;
  proxy.intercept = () => undefined;
  if (!hit) throw new Error(`the command ended before the moment came:\n${stderr}`);
}

/** A command that has to end well; its document. */
export async function succeed({ project }: Pick<World, 'project'>, ...args: string[]): Promise<Report> {
  const report = await project.json(...args);
  if (report.exitCode !== 0) throw new Error(`${args.join(' ')}: ${JSON.stringify(report.error)}`);
  return report;
}

/** What `status` says of a move. */
export async function statusOf(
  { project }: Pick<World, 'project'>,
  migration: string = id,
): Promise<Report['migrations'][number]> {
  const { migrations } = await project.json('status');
  const found = migrations.find((one) => one.id === migration);
  if (!found) throw new Error(`no migration ${migration}`);
  return found;
}

/** `migrate sync run`, as a process beside the others, until it is stopped. */
export function startSync({ project }: Pick<World, 'project'>) {
  const child = project.start('sync', 'run', id, '--quiet');
  const ended = finished(child);
  return {
    ended,
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}
