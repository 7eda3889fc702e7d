import { DeleteItemCommand, DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { down, errors, type MigrateEvent, repair, status, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type Engine, engines } from '../dynamodb/engines.js';
import { type EngineProxy, type ProxiedRequest, serviceError, startProxy } from '../dynamodb/proxy.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

// Adds one and is told apart by nothing but `v`: applied twice it would show.
const increment = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Add one',
  table: table('ITEMS'),
  up: (items) => items.map((item) => ({ ...item, n: item.n + 1, v: 2 }), { needed: (item) => item.v !== 2 }),
  down: (items) => items.map(({ v, ...item }) => ({ ...item, n: item.n - 1 }), { needed: (item) => item.v === 2 }),
});
`;
const size = 120;
const old = (id: string): RawItem => ({ id: { S: id }, n: { N: id } });
const done = (id: string): RawItem => ({ id: { S: id }, n: { N: `${Number(id) + 1}` }, v: { N: '2' } });
const ids = Array.from({ length: size }, (_, index) => `${index}`);
const all = (form: (id: string) => RawItem) => new Map(ids.map((id) => [id, form(id)]));

/** Whether a request reads or writes items of the table, rather than the ledger. */
const isScan = ({ operation, input }: ProxiedRequest) => operation === 'Scan' && input.TableName === 'ITEMS';
const isWrite = ({ operation, input }: ProxiedRequest) =>
  (operation === 'UpdateItem' && input.TableName === 'ITEMS') ||
  (operation === 'BatchExecuteStatement' && JSON.stringify(input).includes('UPDATE \\"ITEMS\\"'));
/** Small pages, so that few items make many. */
const paged = (request: ProxiedRequest) =>
  isScan(request) ? request.forward({ ...request.input, Limit: 10 }) : undefined;

describe.each(engines)('$engine', ({ engine, start }) => {
  let server: Engine;
  let proxy: EngineProxy;
  let project: Project;
  let events: MigrateEvent[];

  beforeAll(async () => {
    server = await start();
    proxy = await startProxy(server.endpoint);
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });
  beforeEach(async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    events = [];
    proxy.intercept = paged;
    await createTable(server.client, 'ITEMS');
    await putItems(server.client, 'ITEMS', ids.map(old));
    project = await createProject({ endpoint: proxy.endpoint, files: { 'migrations/001-increment.mjs': increment } });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await project.dispose();
    for (const TableName of ['ITEMS', 'dynamigrate']) await server.client.send(new DeleteTableCommand({ TableName }));
  });

  const options = () => ({
    cwd: project.directory,
    processEnv: {},
    onEvent: (event: MigrateEvent) => events.push(event),
  });
  const items = () => allItems(server.client, 'ITEMS');
  const put = (Item: RawItem) => server.client.send(new PutItemCommand({ TableName: 'ITEMS', Item }));

  test('a write that fails in the middle: failed, and the next up goes on from the saved pages', async () => {
    let writes = 0;
    let pages = 0;
    proxy.intercept = (request) => {
      if (isScan(request)) pages += 1;
      if (isWrite(request) && ++writes > 4) return serviceError('AccessDeniedException', 'not any more');
      return paged(request);
    };
    await expect(up(options())).rejects.toMatchObject({ code: 'ACCESS_DENIED', migration: '001-increment' });
    const [failed] = (await status(options())).migrations;
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'ACCESS_DENIED' }, progress: { errors: 0 } });
    const saved = Math.floor((failed?.progress?.scanned ?? 0) / 10);
    const firstPages = pages;
    const after = await items();
    expect(after).not.toEqual(all(old));
    expect(after).not.toEqual(all(done));

    pages = 0;
    proxy.intercept = (request) => {
      if (isScan(request) && request.input.ConsistentRead !== true) pages += 1;
      return paged(request);
    };
    events = [];
    const { migrations } = await up(options());
    expect(events).toContainEqual(expect.objectContaining({ type: 'started', resumed: true }));
    expect(migrations).toMatchObject([{ state: 'applied', error: null, progress: { scanned: size } }]);
    expect(await items()).toEqual(all(done));
    // Every page once, but for the last of each segment that the first run had not saved.
    expect(firstPages).toBeGreaterThan(0);
    expect(pages).toBeLessThanOrEqual(size / 10 + 4 - saved);
  });

  test('answers lost, requests throttled, batches half done: every item is changed once', async () => {
    let requests = 0;
    proxy.intercept = async (request) => {
      if (!isScan(request) && !isWrite(request)) return undefined;
      requests += 1;
      if (isWrite(request) && requests % 7 === 0) {
        await request.forward();
        return 'cut';
      }
      if (requests % 5 === 0) return serviceError('ProvisionedThroughputExceededException');
      if (requests % 11 === 0) return serviceError('InternalServerError', 'sorry', 500);
      return paged(request);
    };
    const { migrations } = await up(options());
    expect(migrations).toMatchObject([{ state: 'applied', progress: { scanned: size, errors: 0 } }]);
    expect(await items()).toEqual(all(done));
  });

  test('an item deleted between scan and write stays deleted', async () => {
    proxy.intercept = async (request) => {
      if (isWrite(request)) {
        await server.client.send(new DeleteItemCommand({ TableName: 'ITEMS', Key: { id: { S: '7' } } }));
      }
      return paged(request);
    };
    await up(options());
    const expected = all(done);
    expected.delete('7');
    expect(await items()).toEqual(expected);
  });

  test('an item that `where` does not select any more when it is written is left alone', async () => {
    await project.write('migrations/001-increment.mjs', increment.replace('up:', "where: { type: 'A' },\n  up:"));
    await put({ ...old('7'), type: { S: 'A' } });
    await put({ ...old('8'), type: { S: 'A' } });
    proxy.intercept = async (request) => {
      if (isWrite(request)) await put({ ...old('7'), type: { S: 'B' } });
      return paged(request);
    };
    await up(options());
    const after = await items();
    expect(after.get('7')).toEqual({ ...old('7'), type: { S: 'B' } });
    expect(after.get('8')).toEqual({ ...done('8'), type: { S: 'A' } });
    expect(after.get('9')).toEqual(old('9'));
  });

  test('an item written between scan and write is read again, and loses nothing', async () => {
    let written = false;
    proxy.intercept = async (request) => {
      if (isWrite(request) && !written) {
        written = true;
        for (const id of ids) await put({ ...old(id), n: { N: '1000' }, other: { S: 'new' } });
      }
      return paged(request);
    };
    await up(options());
    for (const item of (await items()).values()) {
      expect(item).toMatchObject({ n: { N: '1001' }, v: { N: '2' }, other: { S: 'new' } });
    }
  });

  // What follows does not depend on how a change is written.
  if (engine !== 'dynalite') return;

  test('an item that changes under every attempt is contended, and the others are done', async () => {
    let count = 0;
    proxy.intercept = async (request) => {
      if (isWrite(request)) {
        count += 1;
        await put({ id: { S: '7' }, n: { N: `${count}` }, busy: { BOOL: true } });
      }
      return paged(request);
    };
    const { migrations } = await up({ ...options(), maxItemErrors: 1 });
    expect(migrations).toMatchObject([{ state: 'applied', flags: ['item-errors'], progress: { errors: 1 } }]);
    expect((await errors({ ...options(), id: '001-increment' })).itemErrors).toMatchObject([
      { key: 'id=7', code: 'ITEM_CONTENDED' },
    ]);
    const after = await items();
    expect(after.get('7')).not.toHaveProperty('v');
    for (const id of ids) if (id !== '7') expect(after.get(id)).toEqual(done(id));

    // Its writers are calmer now.
    proxy.intercept = paged;
    const report = await errors({ ...options(), id: '001-increment', retry: true });
    expect(report).toMatchObject({ exitCode: 0, itemErrors: [] });
    expect((await items()).get('7')).toMatchObject({ v: { N: '2' }, n: { N: `${count + 1}` } });
    expect((await status(options())).migrations).toMatchObject([{ flags: [], progress: { errors: 0 } }]);
  });

  test('written in the old form after the rewriting pass, an item is caught by the verify pass', async () => {
    const late = ['late 1', 'late 2'];
    let written = false;
    proxy.intercept = async (request) => {
      if (isScan(request) && request.input.ConsistentRead === true && !written) {
        written = true;
        for (const id of late) await put({ id: { S: id }, n: { N: '5' } });
        // An application that still writes whole items.
        await put(old('3'));
      }
      return paged(request);
    };
    const { migrations, warnings } = await up(options());
    const after = await items();
    for (const id of late) expect(after.get(id)).toEqual({ id: { S: id }, n: { N: '6' }, v: { N: '2' } });
    expect(after.get('3')).toEqual(done('3'));
    expect(migrations).toMatchObject([{ state: 'applied', progress: { scanned: size, changed: size + 3 } }]);
    expect(warnings).toEqual([]);
  });

  test('an application that goes on writing the old form ends in a warning, not in a loop', async () => {
    proxy.intercept = async (request) => {
      if (isScan(request) && request.input.ConsistentRead === true) await put(old('3'));
      return paged(request);
    };
    const { migrations, warnings } = await up(options());
    expect(migrations).toMatchObject([{ state: 'applied' }]);
    expect(warnings).toEqual([expect.stringContaining('old form')]);
  });

  test('up, down and up again really run, each from the beginning', async () => {
    for (let round = 0; round < 2; round++) {
      await up(options());
      expect(await items()).toEqual(all(done));
      await down(options());
      expect(await items()).toEqual(all(old));
    }
    expect(events.filter(({ type }) => type === 'started')).toMatchObject(Array(4).fill({ resumed: false }));
  });

  test('down of a migration that is half-way up takes back what was done', async () => {
    let writes = 0;
    proxy.intercept = (request) =>
      isWrite(request) && ++writes > 4 ? serviceError('AccessDeniedException') : paged(request);
    await expect(up(options())).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    proxy.intercept = paged;
    const { migrations } = await down(options());
    expect(migrations).toMatchObject([{ state: 'pending' }]);
    expect(await items()).toEqual(all(old));
  });

  test('a file changed half-way is refused; once accepted, its run begins anew', async () => {
    let writes = 0;
    proxy.intercept = (request) =>
      isWrite(request) && ++writes > 4 ? serviceError('AccessDeniedException') : paged(request);
    await expect(up(options())).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    const scanned: string[] = [];
    proxy.intercept = async (request) => {
      const answer = await paged(request);
      if (answer && request.input.ConsistentRead !== true) {
        for (const item of JSON.parse(answer.body).Items) scanned.push(item.id.S);
      }
      return answer;
    };
    await project.write('migrations/001-increment.mjs', increment.replace('v: 2 }', "v: 2, name: 'x' }"));
    await expect(up(options())).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(scanned).toEqual([]);
    await repair({ ...options(), id: '001-increment', reason: 'a name was forgotten' });
    await expect(up(options())).rejects.toMatchObject({ code: 'MIGRATION_LOAD_FAILED' });
    // A process of its own: this one has loaded the file as it was.
    expect((await project.run('up')).code).toBe(0);
    expect(new Set(scanned).size).toBe(size);
  });
});
