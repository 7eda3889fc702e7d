import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planMarkdown } from '../../src/cli/plan-markdown.js';
import { openSession, type Session } from '../../src/commands/session.js';
import { plan } from '../../src/index.js';
import { type EngineProxy, serviceError, startProxy } from '../dynamodb/proxy.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';

let server: Dynalite;
let proxy: EngineProxy;
let project: Project;
let operations: string[];
let denied: string[];

const rename = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'x',
  table: table('USERS'),
  up: (items) => items.rename('name', 'fullName'),
});
`;

beforeEach(async () => {
  operations = [];
  denied = [];
  server = await startDynalite();
  proxy = await startProxy(server.endpoint, ({ operation, input }) => {
    operations.push(operation);
    if (!denied.includes(operation) || input.TableName !== 'USERS') return undefined;
    const message = `User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: dynamodb:${operation} on resource: arn:aws:dynamodb:eu-central-1:123456789012:table/USERS`;
    return serviceError('AccessDeniedException', message);
  });
  project = await createProject({ endpoint: proxy.endpoint, files: { 'migrations/001-name.mjs': rename } });
});
afterEach(async () => {
  await project.dispose();
  await proxy.close();
  await server.close();
});

const options = () => ({ cwd: project.directory, processEnv: {} });
const isRead = (operation: string) => /^(?:Scan|GetItem|Query|Describe\w+)$/.test(operation);

describe('a session that only reads', () => {
  const key = { pk: 'lock', sk: 'lock' };
  const attempts: readonly (readonly [string, (session: Session) => unknown])[] = [
    ['makes no meta table', ({ migrator }) => migrator.metaTable.ensure()],
    ['puts no row', ({ migrator }) => migrator.metaTable.put({ ...key, a: 1 }, { kind: 'absent' })],
    ['changes no row', ({ migrator }) => migrator.metaTable.update(key, { set: { a: 1 } }, { kind: 'absent' })],
    ['deletes no row', ({ migrator }) => migrator.metaTable.delete(key, { kind: 'absent' })],
    ['takes no lock', (session) => session.locked(async () => undefined)],
    ...(['client', 'liveClient'] as const).map(
      (name) =>
        [
          `writes no item by its ${name}`,
          ({ migrator }: Session) => {
            const client = name === 'client' ? migrator.client : migrator.liveClient();
            return client.send(new PutItemCommand({ TableName: 'USERS', Item: { id: { S: '1' } } }));
          },
        ] as const,
    ),
  ];

  test.each(attempts)('%s, and sends nothing of it', async (_what, attempt) => {
    const session = await openSession('plan', options(), { readOnly: true });
    try {
      await expect(Promise.resolve(attempt(session))).rejects.toMatchObject({ code: 'WRITE_BLOCKED' });
    } finally {
      await session.close();
    }
    expect(operations.filter((operation) => !isRead(operation))).toEqual([]);
  });
});

describe('an action that IAM denies', () => {
  beforeEach(async () => {
    await createTable(server.client, 'USERS');
    await putItems(server.client, 'USERS', [{ id: { S: '1' }, name: { S: 'Ann' } }]);
  });

  test.each(['Scan', 'DescribeTable'])('%s is named by the plan, which then bars the run', async (operation) => {
    denied = [operation];
    const { plan: report, next, ok } = await plan(options());
    expect(report?.migrations).toMatchObject([{ id: '001-name', missingActions: [`dynamodb:${operation}`] }]);
    expect({ next, ok }).toEqual({ next: [], ok: true });
    if (!report) throw new Error('no plan');
    expect(planMarkdown(report, 'local')).toMatch(/\| ❌ 001-name .*❌ IAM denies dynamodb:/s);
  });

  test('none is missing where all is allowed', async () => {
    const { plan: report, next } = await plan(options());
    expect(report?.migrations).toMatchObject([{ missingActions: [] }]);
    expect(next).toHaveLength(1);
  });
});
