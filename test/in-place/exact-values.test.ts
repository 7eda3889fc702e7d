import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { down, type MigrateError, up } from '../../src/index.js';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { type Engine, engines } from '../dynamodb/engines.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

/** Values that a way through JavaScript numbers, strings or JSON would spoil. */
const awkward: Record<string, AttributeValue> = {
  afterSafe: { N: '9007199254740993' },
  digits38: { N: '12345678901234567890123456789012345678' },
  long: { N: '0.12345678901234567891' },
  decimal: { N: '1234567890123.4567891' },
  half: { N: '9007199254740993.5' },
  huge: { N: '1E+100' },
  minusZero: { N: '-0' },
  onePointZero: { N: '1.0' },
  one: { N: '1' },
  binary: { B: new Uint8Array([0, 128, 255]) },
  strings: { SS: ['b', 'a'] },
  numbers: { NS: ['9007199254740993.5', '1.0', '-3E+20'] },
  binaries: { BS: [new Uint8Array([2]), new Uint8Array([1, 0])] },
  empty: { S: '' },
  none: { NULL: true },
  no: { BOOL: false },
  deep: {
    L: [{ M: { in: { L: [{ N: '0.12345678901234567891' }, { B: new Uint8Array([7]) }, { SS: ['x'] }] } } }, { M: {} }],
  },
  'a name, "quoted"': { M: { é: { L: [] } } },
};

/** Each operation, there and back, on the attributes `text`, `count` and `doc`. */
const operations: [string, string][] = [
  ['rename', "items.rename('text', 'renamed')"],
  ['copy', "items.copy('text', 'copied')"],
  ['add', "items.add('added', (item) => item.text + '!')"],
  ['set', "items.set('text', 'y'), down: (items) => items.set('text', 'x')"],
  ['remove', "items.remove('text'), down: (items) => items.add('text', 'x')"],
  [
    'convert',
    "items.convert('count', { to: String, from: Number, needed: (value) => typeof value === 'number' }), down: (items) => items.convert('count', { to: Number, needed: (value) => typeof value === 'string' })",
  ],
  ['nest', "items.nest(['text', 'count'], 'nested')"],
  ['unnest', "items.unnest('doc', ['member']), down: (items) => items.nest(['member'], 'doc')"],
  [
    'map',
    `items.map(({ text, ...item }) => ({ ...item, mapped: text }), { needed: (item) => 'text' in item }),
  down: (items) => items.map(({ mapped, ...item }) => ({ ...item, text: mapped }), { needed: (item) => 'mapped' in item })`,
  ],
  ['set reading all', "items.add('all', (item) => JSON.stringify(Object.keys({ ...item }).length))"],
];

const migration = (up_: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', table: table('ITEMS'), up: (items) => ${up_} });
`;

describe.each(engines)('$engine', ({ start }) => {
  let server: Engine;
  let project: Project;
  let before: Map<string, RawItem>;

  beforeAll(async () => {
    server = await start();
  });
  beforeEach(async () => {
    await createTable(server.client, 'ITEMS');
    project = await createProject({ endpoint: server.endpoint });
    const own: RawItem = { text: { S: 'x' }, count: { N: '42' }, doc: { M: { member: { N: '7' } } } };
    await putItems(server.client, 'ITEMS', [
      { id: { S: 'awkward' }, ...own, ...awkward },
      { id: { S: 'plain' }, ...own },
      { id: { S: 'empty map' }, ...own, empty: { M: {} } },
    ]);
    before = await allItems(server.client, 'ITEMS');
  });
  afterEach(async () => {
    await project.dispose();
    for (const TableName of ['ITEMS', 'dynamigrate']) await server.client.send(new DeleteTableCommand({ TableName }));
  });
  afterAll(() => server.close());

  const options = () => ({ cwd: project.directory, processEnv: {} });
  const without = (items: Map<string, RawItem>, names: readonly string[]) =>
    new Map(
      [...items].map(([id, item]) => [
        id,
        Object.fromEntries(Object.entries(item).filter(([n]) => !names.includes(n))),
      ]),
    );

  test.each(operations)('%s leaves what it does not name bit for bit, there and back', async (name, operation) => {
    const id = `001-${name.replaceAll(' ', '-')}`;
    await project.write(`migrations/${id}.mjs`, migration(operation));
    const { migrations } = await up(options());
    expect(migrations).toMatchObject([{ state: 'applied', progress: { scanned: 3, changed: 3, errors: 0 } }]);
    const touched = ['text', 'count', 'doc', 'renamed', 'copied', 'added', 'nested', 'member', 'mapped', 'all'];
    const after = await allItems(server.client, 'ITEMS');
    expect(after).not.toEqual(before);
    expect(without(after, touched)).toEqual(without(before, touched));
    await down(options());
    expect(await allItems(server.client, 'ITEMS')).toEqual(before);
  });

  test('moved as they are: renamed, copied and nested', async () => {
    const names = Object.keys(awkward);
    const chain = names.map((name) => `.rename(${JSON.stringify(name)}, ${JSON.stringify(`new ${name}`)})`).join('');
    const copies = names
      .map((name) => `.copy(${JSON.stringify(`new ${name}`)}, ${JSON.stringify(`copy ${name}`)})`)
      .join('');
    const nested = JSON.stringify(names.map((name) => `copy ${name}`));
    await project.write('migrations/001-rename.mjs', migration(`items${chain}`));
    await project.write('migrations/002-copy.mjs', migration(`items${copies}`));
    await project.write('migrations/003-nest.mjs', migration(`items.nest(${nested}, 'nested')`));
    await up(options());
    const stored = before.get('awkward') ?? {};
    const after = (await allItems(server.client, 'ITEMS')).get('awkward') ?? {};
    const members = after.nested && 'M' in after.nested ? after.nested.M : {};
    for (const name of names) {
      expect(after[`new ${name}`]).toEqual(stored[name]);
      expect(members[`copy ${name}`]).toEqual(stored[name]);
      expect(after).not.toHaveProperty([name]);
    }
    await down({ ...options(), to: '0' });
    expect(await allItems(server.client, 'ITEMS')).toEqual(before);
  });

  test('where: only items with these values, and not even one that only looks the same', async () => {
    await putItems(server.client, 'ITEMS', [
      { id: { S: 'number' }, type: { N: '7.0' }, text: { S: 'x' } },
      { id: { S: 'string' }, type: { S: '7' }, text: { S: 'x' } },
      { id: { S: 'absent' }, text: { S: 'x' } },
    ]);
    await project.write(
      'migrations/001-where.mjs',
      migration("items.rename('text', 'renamed')").replace('up:', 'where: { type: 7 }, up:'),
    );
    await up(options());
    const items = await allItems(server.client, 'ITEMS');
    expect([...items.values()].filter((item) => item.renamed).map((item) => item.id)).toEqual([{ S: 'number' }]);
    await down(options());
    for (const item of (await allItems(server.client, 'ITEMS')).values()) expect(item).not.toHaveProperty('renamed');
  });

  test('where: a transform that would hide an item from the way back is refused', async () => {
    await putItems(server.client, 'ITEMS', [{ id: { S: 'number' }, type: { N: '7' }, text: { S: 'x' } }]);
    const changesType =
      "items.map((item) => ({ ...item, type: 8 }), { needed: (item) => item.type === 7 }), irreversible: 'no'";
    await project.write('migrations/001-where.mjs', migration(changesType).replace('up:', 'where: { type: 7 }, up:'));
    const items = await allItems(server.client, 'ITEMS');
    await expect(up(options())).rejects.toMatchObject({ code: 'MIGRATION_INVALID' } satisfies Partial<MigrateError>);
    expect(await allItems(server.client, 'ITEMS')).toEqual(items);
  });
});
