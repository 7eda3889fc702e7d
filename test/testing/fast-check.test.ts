import { assertMigrates, assertRoundTrips, openMigration } from 'dynamigrate/testing';
import { anyValue, itemOf, itemsOf } from 'dynamigrate/testing/fast-check';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemSize } from '../../src/item/size.js';
import { toRawItem } from '../../src/testing/items.js';
import { createProject } from '../support/project.js';

const users = {
  partitionKey: { name: 'id', type: 'S' },
  sortKey: { name: 'at', type: 'N' },
  attributes: { name: fc.string() },
  optional: ['name'],
} as const;

test('whatever it makes can be stored, with the keys that were asked for', () => {
  fc.assert(
    fc.property(itemsOf({ ...users, maxLength: 4 }), anyValue(), (items, value) => {
      for (const item of items) {
        expect(item).toMatchObject({ id: expect.any(String), at: expect.any(Number) });
        expect(itemSize(toRawItem(item))).toBeGreaterThan(0);
      }
      toRawItem({ value });
    }),
  );
});

test('items have distinct keys, and optional attributes only some of the time', () => {
  const key = { partitionKey: { name: 'id', type: 'N' } } as const;
  const items = fc.sample(itemsOf({ ...key, minLength: 5, maxLength: 9 }), { numRuns: 50, seed: 1 });
  for (const list of items) expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
  const named = fc.sample(itemOf(users), { numRuns: 100, seed: 1 }).filter((item) => 'name' in item).length;
  expect(named).toBeGreaterThan(10);
  expect(named).toBeLessThan(90);
});

test('a property of a migration, which finds the value that breaks it', async () => {
  const project = await createProject({
    files: {
      'migrations/001-it.mjs': `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'x',
  table: table('USERS', { partitionKey: 'id', sortKey: 'at' }),
  up: (items) => items.map(({ name, ...item }) => ({ ...item, words: name.split(' ') }), { needed: (item) => 'name' in item }),
  down: (items) => items.map(({ words, ...item }) => ({ ...item, name: words.join('') }), { needed: (item) => 'words' in item }),
});
`,
    },
  });
  const migration = await openMigration('001-it', { cwd: project.directory });
  try {
    await assertMigrates(migration, [{ id: 'a', at: 1, name: 'x y' }], [{ id: 'a', at: 1, words: ['x', 'y'] }]);
    const named = itemsOf({
      ...users,
      attributes: { name: fc.constantFrom('', 'x', 'x y') },
      minLength: 1,
      maxLength: 2,
    });
    const { failed, counterexample } = await fc.check(
      fc.asyncProperty(named, (items) => assertRoundTrips(migration, items)),
      { numRuns: 12, seed: 3, endOnFailure: true },
    );
    expect(failed).toBe(true);
    expect(JSON.stringify(counterexample)).toContain('x y');
  } finally {
    await migration.close();
    await project.dispose();
  }
});
