import { type Example, type Field, listOf, property, quoted } from './source-text.js';
import { keyAttribute, type TemplateTest } from './template.js';

/** The test of a migration, to lie beside it. */
export function testText(id: string, keys: readonly Field[], test: TemplateTest): string {
  const { before, after, steps } = test;
  const lists = [
    ...(before.length > 0 ? [`const before = ${listOf(before)};`] : []),
    ...(after.length > 0 && after !== before ? [`const after = ${listOf(after)};`] : []),
  ];
  const where = steps?.existed
    ? 'which has this table and nothing else'
    : 'in which the migrations before this one have run';
  return `import { afterAll, beforeAll, expect, test } from 'vitest';
import 'dynamigrate/testing/vitest';
import { type MigrationUnderTest, openMigration } from 'dynamigrate/testing';

${lists.map((list) => `${list}\n`).join('')}const timeout = 60_000;
let migration: MigrationUnderTest;

// An engine in memory, ${where}.
beforeAll(async () => {
  migration = await openMigration(${quoted(id)}${optionsText(test)});
}, timeout);
afterAll(() => migration?.close());

${checksOf(keys, test)
  .map(([title, call]) => `test(${quoted(title)}, () => expect(migration).${call}, timeout);\n`)
  .join('')}`;
}

function checksOf(keys: readonly Field[], test: TemplateTest): (readonly [title: string, call: string])[] {
  const { before, after, steps, isMove = false, hasWayBack } = test;
  const named = (list: string) => (steps ? `{ ${property(steps.table)}: ${list} }` : list);
  const start = steps && !steps.existed ? 'null' : 'before';
  const end = after === before ? 'before' : after.length > 0 ? 'after' : '[]';
  const writer = `(table, turn) => table.update(${itemText(keyOf(keys, before[0] ?? {}))}, { seen: turn })`;
  return [
    ['makes what is meant', `toMigrate(${named(start)}, ${named(before.length === 0 ? '[]' : end)})`],
    ...(hasWayBack ? ([['finds its way back', 'toRoundTrip()']] as const) : []),
    ['does nothing twice', 'toBeIdempotent()'],
    ['goes on where it was killed', `toResumeAfterAnyCrash(${isMove ? '{ crashes: 5 }' : ''})`],
    ...(steps || isMove ? [] : ([['loses nothing that is written meanwhile', `toConvergeUnder(${writer})`]] as const)),
  ];
}

function keyOf(keys: readonly Field[], example: Example): Example {
  return Object.fromEntries(keys.map(({ name }) => [name, example[name] ?? "'1'"]));
}

function itemText(example: Example): string {
  const members = Object.entries(example).map(([name, text]) => `${property(name)}: ${text}`);
  return `{ ${members.join(', ')} }`;
}

function optionsText({ steps }: TemplateTest): string {
  const [partitionKey, sortKey] = steps?.keys ?? [];
  if (!steps) return ', { items: before }';
  if (!steps.existed || !partitionKey) return '';
  const sort = sortKey ? `, sortKey: ${keyAttribute(sortKey)}` : '';
  const spec = `{ name: ${quoted(steps.table)}, partitionKey: ${keyAttribute(partitionKey)}${sort} }`;
  return `, {\n    tables: [${spec}],\n    items: { ${property(steps.table)}: before },\n  }`;
}
