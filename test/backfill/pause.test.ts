import { expect, test } from 'vitest';
import { defineMigration, pause, resume, status, table as tableOf, up } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { createBackfillHandler } from '../../src/sync-lambda/create-backfill-handler.js';
import { createKeyedTable, until } from '../move/live-move.js';
import { startDynalite } from '../support/dynalite.js';
import { createProject } from '../support/project.js';
import { allItems, putItems } from '../support/tables.js';

const id = '001-rename';
const source = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a to b', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b'),
});
`;

test('a worker in AWS copies nothing while the migration is paused, and is to be asked again', async () => {
  const engine = await startDynalite();
  const project = await createProject({ endpoint: engine.endpoint, files: { [`migrations/${id}.ts`]: source } });
  const stop = new AbortController();
  const options = { cwd: project.directory, processEnv: {} };
  try {
    await createKeyedTable(engine.client, 'OLD', { id: 'S' });
    await putItems(
      engine.client,
      'OLD',
      Array.from({ length: 200 }, (_, index) => ({ id: { S: `i${index}` }, a: { N: `${index}` } })),
    );
    await pause({ ...options, id });
    const running = up({ ...options, offline: true, signal: stop.signal }).catch(() => undefined);
    await until(async () => (await status(options)).migrations[0]?.phase === 'backfill');
    stop.abort();
    await running;

    const table = openMetaTable({ client: engine.client, tableName: 'dynamigrate' });
    const run = (await openLedger({ table }).get(id))?.run ?? 0;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const migration = defineMigration({
      description: 'Rename a to b',
      from: tableOf('OLD'),
      to: tableOf('NEW'),
      up: (items) => items.rename('a', 'b'),
    });
    const handler = createBackfillHandler({
      ...{ id, migration, source: 'OLD', target: 'NEW', leaseSeconds: 1, region: 'us-east-1' },
      ...{ endpoint: engine.endpoint, credentials },
    });
    expect(await handler({ id, run, segment: 0 })).toEqual({ done: false, wait: true });
    expect((await allItems(engine.client, 'NEW')).size).toBe(0);
    await resume({ ...options, id });
    expect(await handler({ id, run, segment: 0 })).toEqual({ done: true, wait: false });
    expect((await allItems(engine.client, 'NEW')).size).toBeGreaterThan(0);
  } finally {
    stop.abort();
    await project.dispose();
    await engine.close();
  }
}, 60_000);
