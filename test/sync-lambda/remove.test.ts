import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { syncRemove } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { acquireSyncLease } from '../../src/ledger/sync-lease.js';
import { openSyncStatus } from '../../src/ledger/sync-status.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { type FakeAws, startFakeAws } from './fake-aws.js';

const id = '001-move';
const actor = { host: 'here', pid: 1, user: 'ann' };
let engine: Dynalite;
let aws: FakeAws;
let project: Project;

beforeEach(async () => {
  engine = await startDynalite();
  aws = await startFakeAws();
  project = await createProject({ endpoint: engine.endpoint });
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', aws.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await project.dispose();
  await aws.close();
  await engine.close();
});

test('is refused after a command that followed the stream has ended, and allowed while a process follows it', async () => {
  const table = openMetaTable({ client: engine.client, tableName: 'dynamigrate' });
  await table.ensure();
  let writes = 0;
  const fence = {
    ...{ token: 1, nextWrite: () => ++writes, assertHeld: () => undefined },
    lose: (text: string) => new Error(text) as never,
  };
  const base = { id, kind: 'move', description: '', checksum: 's1:x', direction: 'up', tables: [] } as const;
  await openLedger({ table }).begin(fence, {
    ...base,
    by: actor,
    toolVersion: '0',
    phase: 'reverse',
    totalSegments: 1,
  });
  const take = () => acquireSyncLease({ id, table, actor, command: 'x', leaseMs: 30_000, timeoutMs: 0 });
  // As a cutover leaves it.
  const cutover = await take();
  await openSyncStatus({ table }).save(cutover, id, 'down', { streamArn: 'arn', caughtUp: false, handled: 0 });
  await cutover.release();
  const remove = () => syncRemove({ cwd: project.directory, processEnv: {}, id });
  await expect(remove()).rejects.toMatchObject({ code: 'MIGRATION_UNFINISHED' });
  expect(aws.calls).toEqual([]);
  const process = await take();
  await openSyncStatus({ table }).save(process, id, 'down', { streamArn: 'arn', caughtUp: true, handled: 0 });
  await expect(remove()).resolves.toMatchObject({ ok: true });
  expect(aws.calls).toEqual(['DescribeStacks']);
  await process.release();
});
