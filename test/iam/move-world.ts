import {
  DeleteItemCommand,
  PutItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Grant } from '../../src/iam/grant.js';
import { type GrantedPhase, moveGrants } from '../../src/iam/move-grants.js';
import { cutover, syncRun, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import type { ProxiedAnswer, ProxiedRequest } from '../dynamodb/proxy.js';
import { type PolicyStore, policyStore } from '../move/cutover-policies.js';
import { goOn, until } from '../move/live-move.js';
import { type DynamoDbLocal, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';
import { expectCalls } from './expect-calls.js';
import { type CallRecorder, recordCalls } from './record-calls.js';

export const id = '001-move';
export const renamed = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b'),
});
`;
export const expecting = renamed.replace("to: table('NEW'),", "to: table('NEW'), target: { expect: true },");
export const rekeyed = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Key by a', from: table('OLD'), to: table('NEW'),
  up: (items) => items.rekey({ partitionKey: { name: 'a', type: 'S' } }),
  irreversible: 'keys change',
});
`;

/** A move on DynamoDB Local, whose commands and whose live sync each have an endpoint that records what they call. */
export interface MoveWorld {
  readonly server: DynamoDbLocal;
  readonly commands: CallRecorder;
  readonly sync: CallRecorder;
  readonly options: {
    readonly cwd: string;
    readonly processEnv: Readonly<Record<string, string>>;
    readonly id: string;
  };
  /** The resource policy of a table. */
  readonly policies: (table: string) => PolicyStore;
  readonly put: (table: string, item: RawItem) => Promise<unknown>;
  readonly remove: (table: string, key: RawItem) => Promise<unknown>;
  /** Begins the live sync, as a process of its own; the function ends it. */
  readonly follow: (phase: GrantedPhase) => () => Promise<void>;
  /** Resolves when the live sync has called this. */
  readonly heard: (call: string) => Promise<unknown>;
  /** To the gate, while the live sync follows. */
  readonly toGate: () => Promise<() => Promise<void>>;
  /** Compares each of the phases of `up` with the table. */
  readonly expectUp: (cases: readonly string[], keysChange?: boolean) => void;
  /** A cutover in which this is written while it holds back writes. */
  readonly cutoverWhile: (write: () => Promise<unknown>) => Promise<unknown>;
  /** An item gets another key while it is copied under its first one. */
  readonly rekeyWhileCopied: (recorder: CallRecorder) => void;
  readonly close: () => Promise<void>;
}

export interface MoveWorldOptions {
  /** Whether the source has tags, point-in-time recovery, deletion protection and time to live. Default: false. */
  readonly isRich?: boolean;
  /** What is late is waited for as long. Default: 30, so that a busy machine loses none. */
  readonly leaseSeconds?: number;
  /** More keys of the environment, as source text. */
  readonly environment?: string;
}

export async function openMoveWorld(
  migration: string,
  { isRich = false, environment = '', leaseSeconds = 30 }: MoveWorldOptions = {},
): Promise<MoveWorld> {
  const server = await startDynamoDbLocal();
  await createTable(server.client, 'OLD');
  const items = Array.from({ length: 40 }, (_, n) => ({ id: { S: `item-${n}` }, a: { S: `a-${n}` } }));
  await putItems(server.client, 'OLD', items);
  if (isRich) await enrich(server);
  const policies = policyStore();
  const commands = await recordCalls(
    server.endpoint,
    (request) => policies.intercept(request) ?? (isRich ? asInAws(request) : undefined),
  );
  const sync = await recordCalls(server.endpoint);
  const project: Project = await createProject({
    endpoint: commands.endpoint,
    environment: `leaseSeconds: ${leaseSeconds}, cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }, ${environment}`,
    files: { [`migrations/${id}.mjs`]: migration },
  });
  const options = { cwd: project.directory, processEnv: {}, id };
  const put = (TableName: string, Item: RawItem) => server.client.send(new PutItemCommand({ TableName, Item }));
  const following: (() => Promise<void>)[] = [];
  const heard = (call: string) => until(async () => sync.calls(sync.phase).has(call), 50);

  function follow(phase: GrantedPhase): () => Promise<void> {
    sync.phase = phase;
    const stop = new AbortController();
    const beside = { ...options, endpoint: sync.endpoint, lockTimeout: 300, signal: stop.signal };
    const ended = goOn(() => syncRun(beside)).catch(() => undefined);
    const end = async () => {
      stop.abort();
      await ended;
    };
    following.push(end);
    return end;
  }

  return {
    server,
    commands,
    sync,
    options,
    policies: policies.of,
    put,
    remove: (TableName, Key) => server.client.send(new DeleteItemCommand({ TableName, Key })),
    follow,
    heard,
    async toGate() {
      let end = async () => {};
      commands.phase = 'prepare';
      await up({
        cwd: options.cwd,
        processEnv: {},
        onEvent(event) {
          if (event.type !== 'phase') return;
          if (event.phase === 'prepare') end = follow('live');
          // What is left when it is ready belongs to the verify.
          if (event.phase !== 'ready') commands.phase = event.phase;
          // Until the other process follows the stream, so that what this one calls is the backfill's own.
          if (event.phase === 'backfill') commands.held = heard('source stream GetShardIterator');
        },
      });
      return end;
    },
    expectUp(cases, keysChange = false) {
      const phases = ['prepare', 'sync', 'backfill', 'verify'] as const;
      const all = phases.map((phase) => ({
        phase,
        grants: moveGrants(phase, keysChange),
        calls: commands.calls(phase),
      }));
      for (const { phase, grants, calls } of all) {
        expectCalls(
          new Set([...calls].filter((call) => !isMeta(call))),
          grants.filter(({ on }) => on !== 'meta'),
          cases,
          phase,
        );
      }
      // The meta table is asked for by the command, in whichever of its phases that falls.
      const meta = [...all.flatMap(({ grants }) => grants), ...moveGrants('look')].filter(({ on }) => on === 'meta');
      expectCalls(new Set([...commands.calls(...phases)].filter(isMeta)), meta, cases, 'up');
    },
    cutoverWhile: (write) =>
      cutover({
        ...options,
        onEvent(event) {
          if (event.type === 'log' && event.message.startsWith('holding back')) commands.held = write();
        },
      }),
    rekeyWhileCopied(recorder) {
      recorder.onCall = (call, { Item }) => {
        if (call !== 'target PutItem') return;
        recorder.onCall = () => undefined;
        const { id: key } = Item as RawItem;
        recorder.held = put('OLD', { id: key ?? { S: '' }, a: { S: 'another' } });
      };
    },
    async close() {
      for (const end of following) await end();
      await project.dispose();
      await commands.close();
      await sync.close();
      await server.close();
    },
  };
}

const isMeta = (call: string) => call.startsWith('meta ');

/** The grants of a command that has one phase. */
export function grantsOf(phase: GrantedPhase, keysChange = false): Grant[] {
  return [...moveGrants(phase, keysChange), ...moveGrants('look')];
}

async function enrich({ client }: DynamoDbLocal): Promise<void> {
  const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: 'OLD', TimeToLiveSpecification }));
  await client.send(new UpdateTableCommand({ TableName: 'OLD', DeletionProtectionEnabled: true }));
}

/** What DynamoDB Local has not. */
function asInAws({ operation, input }: ProxiedRequest): ProxiedAnswer | undefined {
  const ok = (body: unknown): ProxiedAnswer => ({ status: 200, body: JSON.stringify(body) });
  const isSource = /\bOLD\b/.test(JSON.stringify(input));
  switch (operation) {
    case 'DescribeContinuousBackups': {
      const PointInTimeRecoveryStatus = isSource ? 'ENABLED' : 'DISABLED';
      const PointInTimeRecoveryDescription = { PointInTimeRecoveryStatus };
      return ok({
        ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription },
      });
    }
    case 'ListTagsOfResource':
      return ok({ Tags: isSource ? [{ Key: 'team', Value: 'x' }] : [] });
    case 'UpdateContinuousBackups':
    case 'TagResource':
      return ok({});
    default:
      return undefined;
  }
}
