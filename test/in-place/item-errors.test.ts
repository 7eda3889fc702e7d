import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errors, type Report, repair, status, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const id = '001-split';
const split = (name: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Split the name',
  table: table('USERS'),
  up: (items) => items.map(({ name, ...item }) => ({ ...item, first: ${name}.split(' ')[0] }), { needed: (item) => 'name' in item }),
  irreversible: 'the last name is gone',
});
`;
const size = 60;
const user = (index: number): RawItem => ({ id: { S: `${index}` }, name: { S: 'Ada Lovelace' } });
const done = (index: number): RawItem => ({ id: { S: `${index}` }, first: { S: 'Ada' } });
const bad = (index: number): RawItem => ({ id: { S: `${index}` }, name: { NULL: true } });

let server: Dynalite;
let proxy: EngineProxy;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  proxy = await startProxy(server.endpoint);
  project = await createProject({ endpoint: proxy.endpoint });
  await project.write(`migrations/${id}.mjs`, split('name'));
  await createTable(server.client, 'USERS');
  await putItems(
    server.client,
    'USERS',
    Array.from({ length: size }, (_, index) => user(index)),
  );
});
afterEach(async () => {
  await project.dispose();
  await proxy.close();
  await server.close();
});

const options = () => ({ cwd: project.directory, processEnv: {} });
const put = (Item: RawItem) => server.client.send(new PutItemCommand({ TableName: 'USERS', Item }));
const mend = () => project.write(`migrations/${id}.mjs`, split("(name ?? 'Ada')"));
const items = () => allItems(server.client, 'USERS');
const expected = (badOnes: readonly number[]) =>
  new Map(Array.from({ length: size }, (_, index) => [`${index}`, badOnes.includes(index) ? bad(index) : done(index)]));
const keysOf = ({ itemErrors = [] }: Report) => itemErrors.map(({ key, code }) => `${key} ${code}`).sort();
const only = async () => (await status(options())).migrations[0];

describe('in the first pages, which are looked at before anything is written', () => {
  test.each([
    [undefined, [7], 'TRANSFORM_FAILED', 'id=7'],
    [0, [7, 8], 'TRANSFORM_FAILED', /^id=[78]$/],
    [1, [7, 8], 'TOO_MANY_ITEM_ERRORS', /^id=[78]$/],
  ])('with %s allowed, %o stop it before its first write', async (maxItemErrors, badOnes, code, key) => {
    for (const index of badOnes) await put(bad(index));
    const before = await items();
    const keyMatcher = typeof key === 'string' ? key : expect.stringMatching(key);
    await expect(up({ ...options(), maxItemErrors })).rejects.toMatchObject({ code, key: keyMatcher, migration: id });
    expect(await items()).toEqual(before);
    expect(await only()).toMatchObject({ state: 'pending' });
  });

  test('an item that would be too large stops it before its first write', async () => {
    const half = 'x'.repeat(210_000);
    await put({ id: { S: 'large' }, text: { S: half } });
    await project.write(
      'migrations/002-double.mjs',
      `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', table: table('USERS'), up: (items) => items.copy('text', 'copy') });`,
    );
    await up({ ...options(), step: 1 });
    const before = await items();
    await expect(up(options())).rejects.toMatchObject({
      code: 'ITEM_TOO_LARGE',
      key: 'id=large',
      migration: '002-double',
    });
    expect(await items()).toEqual(before);
  });
});

describe('allowed to fail', () => {
  beforeEach(async () => {
    await put(bad(7));
    await put(bad(8));
    await up({ ...options(), maxItemErrors: 2 });
  });

  test('they are left as they are, and known; the others are done', async () => {
    expect(await items()).toEqual(expected([7, 8]));
    expect(await only()).toMatchObject({
      state: 'applied',
      flags: ['item-errors'],
      progress: { scanned: size, changed: size - 2, errors: 2 },
    });
    const report = await errors({ ...options(), id });
    expect(keysOf(report)).toEqual(['id=7 TRANSFORM_FAILED', 'id=8 TRANSFORM_FAILED']);
    expect(report.exitCode).toBe(0);
    expect(JSON.stringify(report.next)).toContain('--retry');
  });

  test('tried again as it is, they fail again', async () => {
    const report = await errors({ ...options(), id, retry: true });
    expect(keysOf(report)).toEqual(['id=7 TRANSFORM_FAILED', 'id=8 TRANSFORM_FAILED']);
    expect(report.exitCode).toBe(1);
    expect(await items()).toEqual(expected([7, 8]));
  });

  test('one mended by hand, the other deleted: tried again, none is left', async () => {
    await put(user(7));
    await server.client.send(new DeleteItemCommand({ TableName: 'USERS', Key: { id: { S: '8' } } }));
    expect(await errors({ ...options(), id, retry: true })).toMatchObject({ itemErrors: [], exitCode: 0 });
    const after = expected([]);
    after.delete('8');
    expect(await items()).toEqual(after);
    expect(await only()).toMatchObject({ flags: [], progress: { errors: 0 } });
  });

  test('the transform mended and accepted: tried again, they are done', async () => {
    await mend();
    await expect(errors({ ...options(), id, retry: true })).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    await repair({ ...options(), id, reason: 'names may be null' });
    // A process of its own: this one has loaded the file as it was.
    expect(await project.json('errors', id, '--retry')).toMatchObject({ itemErrors: [], exitCode: 0 });
    expect(await items()).toEqual(expected([]));
  });
});

describe('on a later page', () => {
  let badOne: number;

  beforeEach(async () => {
    const order: number[] = [];
    // One page after the other, each of five items.
    proxy.intercept = async ({ operation, input, forward }) => {
      if (operation !== 'Scan' || input.TableName !== 'USERS') return undefined;
      const answer = await forward({ ...input, Limit: 5 });
      if (input.ExclusiveStartKey && input.Segment === 0 && order.length === 0) {
        for (const { id: key } of JSON.parse(answer.body).Items) order.push(Number(key.S));
      }
      return answer;
    };
    // Where items lie is known to the engine only: look first, then spoil one that the sample does not see.
    await up({ ...options(), dryRun: true });
    badOne = order[0] ?? 0;
    await put(bad(badOne));
    await expect(up(options())).rejects.toMatchObject({ code: 'TRANSFORM_FAILED', key: `id=${badOne}` });
    expect(await only()).toMatchObject({ state: 'failed', error: { code: 'TRANSFORM_FAILED', key: `id=${badOne}` } });
  });

  test('it is in quarantine, and cannot be tried by itself while the migration is unfinished', async () => {
    expect(keysOf(await errors({ ...options(), id }))).toEqual([`id=${badOne} TRANSFORM_FAILED`]);
    await expect(errors({ ...options(), id, retry: true })).rejects.toMatchObject({ code: 'MIGRATION_UNFINISHED' });
  });

  test('mended by hand, up goes on and takes it out', async () => {
    await put(user(badOne));
    expect((await up(options())).migrations).toMatchObject([{ state: 'applied', flags: [], progress: { errors: 0 } }]);
    expect((await errors({ ...options(), id })).itemErrors).toEqual([]);
    expect(await items()).toEqual(expected([]));
  });

  test('allowed now, up goes on past it', async () => {
    expect((await up({ ...options(), maxItemErrors: 1 })).migrations).toMatchObject([
      { state: 'applied', flags: ['item-errors'], progress: { scanned: size, errors: 1 } },
    ]);
    expect(await items()).toEqual(expected([badOne]));
  });

  test('the transform mended and accepted, up does all', async () => {
    await mend();
    await expect(up(options())).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    await repair({ ...options(), id, reason: 'names may be null' });
    // A process of its own: this one has loaded the file as it was.
    const { migrations } = await project.json('up');
    expect(migrations).toMatchObject([{ state: 'applied', flags: [], progress: { errors: 0 } }]);
    expect(await items()).toEqual(expected([]));
    expect((await errors({ ...options(), id })).itemErrors).toEqual([]);
  });
});

test('a pending migration has no items to try again', async () => {
  expect((await errors({ ...options(), id, retry: true })).itemErrors).toEqual([]);
  await expect(errors({ ...options(), id: '009-x' })).rejects.toMatchObject({ code: 'UNKNOWN_MIGRATION' });
});
