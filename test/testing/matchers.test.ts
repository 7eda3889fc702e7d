import { afterAll, afterEach, describe, expect, test } from 'vitest';
import 'dynamigrate/testing/vitest';
import { assertMigrates, type MigrationUnderTest, type OpenMigrationOptions, openMigration } from 'dynamigrate/testing';
import { MigrateError } from '../../src/errors.js';
import { createProject, type Project } from '../support/project.js';

const projects: Project[] = [];
const opened: MigrationUnderTest[] = [];
let count = 0;

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(async () => {
  for (const project of projects) await project.dispose();
});

const head = "import { defineMigration, defineSteps, table } from 'dynamigrate';\n";
const inPlace = (body: string) =>
  `${head}export default defineMigration({ description: 'x', table: table('USERS', { partitionKey: 'id' }), ${body} });\n`;
const move = (body: string) =>
  `${head}export default defineMigration({ description: 'x', from: table('USERS', { partitionKey: 'id' }), to: table('USERS_V2'), ${body} });\n`;
const steps = (up: string, down = '') =>
  `${head}export default defineSteps({ description: 'x', up: async (ctx) => { ${up} }, down: async (ctx) => { ${down} } });\n`;

/** A migration of a project that has no other. */
async function open(text: string, options: OpenMigrationOptions = {}) {
  // A path of its own: a module is loaded once.
  const project = await createProject({ files: { 'migrations/001-it.mjs': text } });
  projects.push(project);
  const migration = await openMigration('001-it', { cwd: project.directory, ...options });
  opened.push(migration);
  count += 1;
  return migration;
}

/** What a matcher says that finds fault. */
async function said(failing: Promise<void>): Promise<string> {
  const error: unknown = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error) || error.name === 'MigrateError') throw new Error(`no assertion failed: ${error}`);
  return error.message;
}

const ann = { id: '1', name: 'Ann' };
const bob = { id: '2', name: 'Bob', age: 42 };
const rename = inPlace("up: (items) => items.rename('name', 'fullName')");

describe('a sound migration in place', () => {
  test('passes every matcher', async () => {
    const migration = await open(rename, { items: [ann, bob, { id: '3' }] });
    await expect(migration).toMigrate(
      [ann, bob],
      [
        { id: '1', fullName: 'Ann' },
        { id: '2', fullName: 'Bob', age: 42 },
      ],
    );
    await expect(migration).toRoundTrip();
    await expect(migration).toBeIdempotent();
    await expect(migration).toResumeAfterAnyCrash();
    await expect(migration).toConvergeUnder([
      async (table, turn) => table.update({ id: '2' }, { age: turn }),
      async (table, turn) => (turn === 5 ? table.delete({ id: '1' }) : undefined),
      async (table, turn) => (turn === 7 ? table.put({ id: '9', fullName: 'new' }) : undefined),
    ]);
  });
});

describe('toMigrate', () => {
  test('tells item by item what is wrong', async () => {
    const migration = await open(rename);
    const message = await said(
      expect(migration).toMigrate(
        [ann, bob],
        [
          { id: '1', fullName: 'Anne' },
          { id: '3', fullName: 'Bob' },
        ],
      ),
    );
    expect(message).toMatchInlineSnapshot(`
      "migration \`001-it\` does not make what is expected:
        - USERS id=1: \`fullName\` is 'Ann', expected 'Anne'
        - USERS id=3 is missing
        - USERS id=2 should not be there"
    `);
  });

  test('compares in the order of what was expected', async () => {
    const migration = await open(rename);
    const expected = [1, 2, 3].map((id) => ({ id: `${id}`, fullName: 'Ann' }));
    const before = [1, 2, 3].map((id) => ({ id: `${id}`, name: id === 3 ? 'Cher' : 'Ann' }));
    await expect(assertMigrates(migration, before, expected)).rejects.toMatchObject({
      actual: { USERS: [...expected.slice(0, 2), { id: '3', fullName: 'Cher' }] },
    });
  });
});

describe('toRoundTrip', () => {
  test('finds what the way back loses', async () => {
    const lossy = await open(
      inPlace(`
        up: (items) => items.map(({ name, ...item }) => ({ ...item, first: name.split(' ')[0] }), { needed: (item) => 'name' in item }),
        down: (items) => items.map(({ first, ...item }) => ({ ...item, name: first }), { needed: (item) => 'first' in item })`),
    );
    await expect(lossy).toRoundTrip([ann]);
    const message = await said(expect(lossy).toRoundTrip([ann, { id: '2', name: 'Bob Jones' }]));
    expect(message).toBe(
      "migration `001-it` does not come back to where it began:\n  - USERS id=2: `name` is 'Bob', expected 'Bob Jones'",
    );
  });

  test('finds an attribute that was there before it was added, and says why there is no way back', async () => {
    const add = await open(inPlace("up: (items) => items.add('plan', 'FREE')"));
    expect(await said(expect(add).toRoundTrip([{ id: '1', plan: 'PRO' }]))).toContain(
      "`plan` is missing, expected 'PRO'",
    );
    const oneWay = await open(inPlace("up: (items) => items.remove('name'), irreversible: 'names are gone'"));
    expect(await said(expect(oneWay).toRoundTrip([ann]))).toContain(
      "has no way back: it says `irreversible: 'names are gone'`",
    );
    await expect(oneWay).not.toRoundTrip([ann]);
  });

  test('finds steps that leave something behind', async () => {
    const create =
      "await ctx.step('a', () => ctx.tables.create({ name: 'ORDERS', partitionKey: { name: 'id', type: 'S' } }));";
    const untidy = await open(steps(create));
    expect(await said(expect(untidy).toRoundTrip())).toContain('table `ORDERS` should not be there');
    const tidy = await open(steps(create, "await ctx.step('a', () => ctx.tables.delete('ORDERS'));"));
    await expect(tidy).toRoundTrip();
    await expect(tidy).toMigrate({ ORDERS: null }, { ORDERS: [] });
    expect(await said(expect(tidy).toMigrate({}, { ORDERS: null }))).toContain('ORDERS should not be there');
  });

  test('of a move finds what a new item loses in the old table', async () => {
    const dropped = await open(
      move(
        `up: (items) => items.map(({ id, name }) => ({ id, name, since: 2026 })), down: ({ id, name }) => ({ id, name })`,
      ),
    );
    await expect(dropped).toRoundTrip([ann]);
    const lossy = await open(
      move(
        `up: (items) => items.map(({ id, name }) => ({ id, short: name[0], name })), down: ({ id, short }) => ({ id, name: short })`,
      ),
    );
    expect(await said(expect(lossy).toRoundTrip([ann]))).toContain("`name` is 'A', expected 'Ann'");
  });
});

describe('toBeIdempotent', () => {
  test.each([
    [
      'a map whose `needed` is true for its result',
      'up: (items) => items.map((item) => ({ ...item, n: (item.n ?? 0) + 1 }), { needed: () => true })',
      'NOT_IDEMPOTENT',
    ],
    ['a set that reads what it writes', "up: (items) => items.set('n', (item) => (item.n ?? 0) + 1)", 'NOT_IDEMPOTENT'],
    ['a random id', "up: (items) => items.add('token', () => Math.random())", 'no clock, random or counter is allowed'],
    [
      'a clock',
      "up: (items) => items.add('at', () => process.hrtime.bigint())",
      'no clock, random or counter is allowed',
    ],
  ])('finds %s', async (_what, body, message) => {
    const migration = await open(inPlace(`${body}, irreversible: 'x'`), { items: [ann] });
    expect(await said(expect(migration).toBeIdempotent())).toContain(message);
  });

  test('finds a step that does it again', async () => {
    const counting = await open(
      steps(`await ctx.step('count', () => ctx.documents.update({
        TableName: 'TOTALS', Key: { id: '1' }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } }));`),
      { tables: [{ name: 'TOTALS', partitionKey: { name: 'id', type: 'S' } }] },
    );
    expect(await said(expect(counting).toBeIdempotent({ TOTALS: [{ id: '1', n: 5 }] }))).toBe(
      'migration `001-it` changes what it has already done, when it is run again:\n  - TOTALS id=1: `n` is 7, expected 6',
    );
    // The count is written, the step is not recorded: that is the moment.
    expect(await said(expect(counting).toResumeAfterAnyCrash())).toMatch(
      /ends otherwise when it is killed after write \d+ of \d+ \(UpdateItem TOTALS\) and run again:\n {2}- TOTALS id=1: `n` is 2, expected 1/,
    );
  });

  test('leaves alone steps that make tables', async () => {
    const sound = await open(
      steps(
        `await ctx.step('a', () => ctx.tables.create({ name: 'ORDERS', partitionKey: { name: 'id', type: 'S' } }));
         await ctx.step('b', () => ctx.documents.put({ TableName: 'ORDERS', Item: { id: '1' } }));`,
        "await ctx.step('a', () => ctx.tables.delete('ORDERS'));",
      ),
    );
    await expect(sound).toBeIdempotent();
    await expect(sound).toResumeAfterAnyCrash();
  });
});

describe('toResumeAfterAnyCrash', () => {
  test('finds steps that leave out the rest when they go on', async () => {
    const skipping = await open(
      steps(`
        if (await ctx.tables.exists('ORDERS')) return;
        await ctx.step('a', () => ctx.tables.create({ name: 'ORDERS', partitionKey: { name: 'id', type: 'S' } }));
        await ctx.step('b', () => ctx.documents.put({ TableName: 'ORDERS', Item: { id: '1' } }));`),
    );
    expect(await said(expect(skipping).toResumeAfterAnyCrash())).toMatch(
      /killed after write \d+ of \d+ \(CreateTable ORDERS\) and run again:\n {2}- ORDERS id=1 is missing/,
    );
  });

  test('finds a transform that remembers', async () => {
    const remembering = await open(
      `const seen = new Set();\n${inPlace(`
        up: (items) => items.add('first', (item) => !seen.has(item.id) && Boolean(seen.add(item.id)))`)}`,
      { items: [ann] },
    );
    expect(await said(expect(remembering).toBeIdempotent())).toContain('`first` is false, expected true');
  });

  test('kills beside each checkpoint and row too, where it is told to', async () => {
    const migration = await open(rename, { items: [ann] });
    let runs = 0;
    const up: MigrationUnderTest['up'] = (options) => {
      runs += 1;
      return migration.up(options);
    };
    await expect({ ...migration, up }).toResumeAfterAnyCrash({ everyWrite: true, crashes: 8 });
    // The whole run, and two a crash; beside the write of the only item there are three moments at most.
    expect(runs).toBe(1 + 2 * 8);
  });

  test('takes a lease that a busy machine lost for one more death', async () => {
    const migration = await open(rename, { items: [ann] });
    const once = { crashes: 1 };
    let busy = 0;
    const up: MigrationUnderTest['up'] = async (options) => {
      const report = await migration.up(options);
      // Of each resumed run, the first: as though it had been cut off at its very end.
      if (!options?.intercept && busy++ % 2 === 0)
        throw new MigrateError('LEASE_LOST', 'no heartbeat was acknowledged');
      return report;
    };
    await expect({ ...migration, up }).toResumeAfterAnyCrash(once);
    // Killed by the machine before the test does it.
    const early: MigrationUnderTest['up'] = async (options) => {
      if (options?.intercept && options.leaseSeconds) throw new MigrateError('LEASE_LOST', 'no heartbeat');
      return migration.up(options);
    };
    await expect({ ...migration, up: early }).toResumeAfterAnyCrash(once);
    const lost: MigrationUnderTest['up'] = async (options) => {
      if (!options?.intercept) throw new MigrateError('LEASE_LOST', 'no heartbeat was acknowledged');
      return migration.up(options);
    };
    expect(await said(expect({ ...migration, up: lost }).toResumeAfterAnyCrash(once))).toContain('the next run failed');
  });

  test('passes a move', async () => {
    const sound = await open(move("up: (items) => items.rename('name', 'fullName')"), { items: [ann, bob] });
    await expect(sound).toMigrate([ann], [{ id: '1', fullName: 'Ann' }]);
    await expect(sound).toRoundTrip();
    await expect(sound).toBeIdempotent();
    await expect(sound).toResumeAfterAnyCrash({ crashes: 6 });
  });
});

describe('toConvergeUnder', () => {
  const renamer = async (table: { update(key: object, set: object): Promise<void> }, turn: number) =>
    table.update({ id: '1' }, { name: `Ann ${turn}` });

  test('finds a value that was derived from what has changed since', async () => {
    const derived = await open(inPlace("up: (items) => items.add('search', (item) => item.name.toLowerCase())"), {
      items: [ann],
    });
    expect(await said(expect(derived).toConvergeUnder(renamer))).toMatch(
      /does not end as though the writers had written before it:\n {2}- id=1: `search` is 'ann( \d+)?', expected 'ann \d+'/,
    );
  });

  test('finds a rename under writers of the old form', async () => {
    const migration = await open(rename, { items: [ann] });
    expect(await said(expect(migration).toConvergeUnder(renamer))).toContain('ATTRIBUTE_COLLISION');
  });

  test('is nothing for steps, nor for a move without streams', async () => {
    const writers = () => undefined;
    await expect(expect(await open(steps(''))).toConvergeUnder(writers)).rejects.toMatchObject({ code: 'USAGE' });
    const moving = await open(move('up: (items) => items'), { items: [ann] });
    await expect(expect(moving).toConvergeUnder(writers)).rejects.toMatchObject({
      code: 'USAGE',
      fix: expect.stringContaining("engine: 'dynamodb-local'"),
    });
  });
});

describe('a mistake in the test itself is no finding', () => {
  test.each([
    ['no items', (migration: MigrationUnderTest) => expect(migration).not.toBeIdempotent(), 'USAGE'],
    ['not a migration', () => expect('001-it').not.toRoundTrip(), 'USAGE'],
    [
      'an item that cannot be stored',
      (migration: MigrationUnderTest) => expect(migration).not.toMigrate([{ id: () => 1 }], []),
      'ITEM_INVALID',
    ],
  ])('%s', async (_what, run, code) => {
    await expect(run(await open(rename))).rejects.toMatchObject({ code });
  });

  test('an id that there is not, and a table that nobody makes', async () => {
    const [project] = projects;
    await expect(openMigration('002-other', { cwd: project?.directory })).rejects.toMatchObject({
      code: 'UNKNOWN_MIGRATION',
      fix: expect.stringContaining('`001-it`'),
    });
    const undeclared = await open(rename.replace(", { partitionKey: 'id' }", ''));
    await expect(expect(undeclared).toMigrate([ann], [])).rejects.toMatchObject({
      code: 'TABLE_NOT_FOUND',
      fix: expect.stringContaining("tables: [{ name: 'USERS'"),
    });
  });
});

describe('what comes before', () => {
  const files = (second: string) => ({
    'migrations/001-create.mjs': steps(
      "await ctx.step('a', () => ctx.tables.create({ name: 'USERS', partitionKey: { name: 'id', type: 'S' } }));",
    ),
    'migrations/002-before.mjs': second,
    'migrations/003-it.mjs': rename.replace("'USERS'", "'USERS_V2'"),
  });

  test.each([
    ['a move is taken to its end, so that its new table is there', move('up: (items) => items'), true],
    ['a migration of a table that nobody makes is done', rename.replace("'USERS'", "'OTHER'"), false],
  ])('%s', async (_what, second, isThere) => {
    const project = await createProject({ files: files(second) });
    projects.push(project);
    count += 1;
    const migration = await openMigration('003-it', { cwd: project.directory });
    opened.push(migration);
    expect(await migration.items()).toEqual(isThere ? [] : null);
    await expect(migration).toMigrate([ann], [{ id: '1', fullName: 'Ann' }]);
  });

  test('one that fails is named, with the way round', async () => {
    const project = await createProject({ files: files(steps("await ctx.tables.addIndex('ORDERS', {});")) });
    projects.push(project);
    count += 1;
    await expect(openMigration('003-it', { cwd: project.directory })).rejects.toMatchObject({
      migration: '002-before',
      message: expect.stringContaining('an earlier migration failed'),
      fix: expect.stringContaining('tables: ['),
    });
  });
});

test('every project was of its own', () => expect(count).toBe(projects.length));
