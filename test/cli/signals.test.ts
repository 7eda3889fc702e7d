import { afterEach, beforeEach, expect, test } from 'vitest';
import { status } from '../../src/index.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, finished, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const size = 1_500;
const increment = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Add one',
  table: table('ITEMS'),
  up: (items) => items.map((item) => ({ ...item, n: item.n + 1, v: 2 }), { needed: (item) => item.v !== 2 }),
  irreversible: 'x',
});
`;

let server: Dynalite;
let proxy: EngineProxy;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  proxy = await startProxy(server.endpoint);
  project = await createProject({ endpoint: proxy.endpoint, files: { 'migrations/001-increment.mjs': increment } });
  await createTable(server.client, 'ITEMS');
  await putItems(
    server.client,
    'ITEMS',
    Array.from({ length: size }, (_, index) => ({ id: { S: `${index}` }, n: { N: `${index}` } })),
  );
});
afterEach(async () => {
  await project.dispose();
  await proxy.close();
  await server.close();
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s: the page is finished and saved, the lock released, exit %i; up goes on from there',
  async (signal, exitCode) => {
    const options = { cwd: project.directory, processEnv: {} };
    let writes = 0;
    let stopNow = () => {};
    let scans = 0;
    proxy.intercept = async ({ operation, input, forward }) => {
      if (operation === 'UpdateItem' && input.TableName === 'ITEMS' && ++writes === 10) stopNow();
      if (operation !== 'Scan' || input.TableName !== 'ITEMS') return undefined;
      scans += 1;
      return forward({ ...input, Limit: 25 });
    };
    const child = project.start('up');
    const told = new Promise<void>((resolve) => {
      child.stderr?.on('data', (text) => String(text).includes('finishing the page') && resolve());
    });
    // The write in the middle of a page is answered when the process has heard of the signal.
    const intercept = proxy.intercept;
    proxy.intercept = async (request) => {
      const answer = await intercept(request);
      if (writes >= 10 && request.operation === 'UpdateItem' && request.input.TableName === 'ITEMS') await told;
      return answer;
    };
    stopNow = () => child.kill(signal);
    const { code, stderr } = await finished(child);
    expect({ code, stderr }).toEqual({
      code: exitCode,
      stderr: expect.stringContaining(`INTERRUPTED: stopped by ${signal}`),
    });

    const { migrations, lock } = await status(options);
    expect(lock).toBeNull();
    expect(migrations).toMatchObject([{ state: 'interrupted', error: null }]);
    const [stopped] = migrations;
    const saved = stopped?.progress?.scanned ?? 0;
    expect(saved).toBeGreaterThan(0);
    expect(saved).toBeLessThan(size);
    const done = [...(await allItems(server.client, 'ITEMS')).values()].filter((item) => item.v);
    // Nothing was written that was not saved too.
    expect(done).toHaveLength(saved);
    // What was read ahead was left; each segment reads a page and the next one.
    expect(saved).toBeLessThan(25 * scans);

    let read = 0;
    proxy.intercept = async ({ operation, input, forward }) => {
      if (operation !== 'Scan' || input.TableName !== 'ITEMS') return undefined;
      const answer = await forward({ ...input, Limit: 25 });
      if (input.ConsistentRead !== true) read += JSON.parse(answer.body).ScannedCount;
      return answer;
    };
    const report = await project.json('up');
    expect(report).toMatchObject({
      ok: true,
      migrations: [{ state: 'applied', progress: { scanned: size, changed: size } }],
    });
    expect(read).toBe(size - saved);
    for (const [id, item] of await allItems(server.client, 'ITEMS')) expect(item.n).toEqual({ N: `${Number(id) + 1}` });
  },
);
