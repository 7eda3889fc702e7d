import { beforeEach, describe, expect, test } from 'vitest';
import { pause } from '../../src/commands/pause.js';
import { resume } from '../../src/commands/resume.js';
import { status } from '../../src/commands/status.js';
import { throttle } from '../../src/commands/throttle.js';
import { up } from '../../src/commands/up.js';
import { openHistory } from '../../src/ledger/history.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import type { MigrateEvent } from '../../src/migrator/events.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const id = '001-plan';
const steps = '002-steps';

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  await createTable(server.client, 'USERS');
  const items = Array.from({ length: 120 }, (_, index) => ({ id: { S: `${index}` } }));
  await putItems(server.client, 'USERS', items);
  project = await createProject({
    endpoint: server.endpoint,
    files: {
      [`migrations/${id}.mjs`]: `import { defineMigration, table } from 'dynamigrate';
        export default defineMigration({
          description: 'plan', table: table('USERS'), up: (items) => items.add('plan', 'FREE'),
        });`,
      [`migrations/${steps}.mjs`]: `import { defineSteps } from 'dynamigrate';
        export default defineSteps({ description: 'steps', irreversible: 'no', up: async () => {} });`,
    },
  });
  return async () => {
    await project.dispose();
    await server.close();
  };
});

const options = () => ({ cwd: project.directory, processEnv: {} });
const entryOf = async () => (await status(options())).migrations.find((migration) => migration.id === id);

const changed = async () =>
  [...(await allItems(server.client, 'USERS')).values()].filter(({ plan }) => plan !== undefined).length;

/** Resolves with the first event that `is` what is waited for. */
function waitFor(is: (event: MigrateEvent) => boolean) {
  let found: (event: MigrateEvent) => void = () => {};
  const event = new Promise<MigrateEvent>((resolve) => {
    found = resolve;
  });
  return {
    event,
    onEvent: (event: MigrateEvent) => {
      if (is(event)) found(event);
    },
  };
}

const paceOf = (slowedBy: string | null) => (event: MigrateEvent) =>
  event.type === 'pace' && event.pace.slowedBy === slowedBy;

describe('pause', () => {
  test('of a migration that waits for its turn has it wait at its first item, with the lock, until resume', async () => {
    expect((await pause({ ...options(), id, reason: 'a sale is on' })).done).toEqual([id]);
    expect(await entryOf()).toMatchObject({ state: 'paused', paused: { reason: 'a sale is on' }, pace: [] });
    let told = 0;
    // Told twice, so there was time to write everything.
    const paused = waitFor((event) => paceOf('paused')(event) && ++told === 2);
    const running = up({ ...options(), onEvent: paused.onEvent });
    await paused.event;
    const { migrations, lock } = await status(options());
    expect(migrations[0]).toMatchObject({ state: 'paused' });
    expect(lock).toMatchObject({ command: 'migrate up' });
    expect(await changed()).toBe(0);
    expect((await resume({ ...options(), id })).done).toEqual([id]);
    expect((await running).done).toEqual([id, steps]);
    expect(await changed()).toBe(120);
    expect(await entryOf()).toMatchObject({ state: 'applied', paused: null, pace: [] });
    const table = openMetaTable({ client: server.client, tableName: 'dynamigrate' });
    const history = (await openHistory({ table }).list()).map(({ action }) => action);
    expect(history).toEqual(expect.arrayContaining(['pause', 'resume']));
  });

  test('of one that runs stops it, and a signal ends it there; the next one waits too', async () => {
    const slow = waitFor(paceOf('budget'));
    const stop = new AbortController();
    const paused = waitFor(paceOf('paused'));
    const running = up({
      ...options(),
      write: 5,
      signal: stop.signal,
      onEvent: (event) => {
        slow.onEvent(event);
        paused.onEvent(event);
      },
    });
    const outcome = running.catch((error: unknown) => error);
    await slow.event;
    await pause({ ...options(), id });
    await paused.event;
    expect(await entryOf()).toMatchObject({ state: 'paused', pace: [{ slowedBy: 'paused' }] });
    const before = await changed();
    stop.abort();
    expect(await outcome).toMatchObject({ code: 'INTERRUPTED' });
    expect(await changed()).toBe(before);
    expect(await entryOf()).toMatchObject({ state: 'paused' });
    await resume({ ...options(), id });
    expect(await entryOf()).toMatchObject({ state: 'interrupted' });
    expect((await up(options())).done).toEqual([id, steps]);
  });

  test('from two machines keeps the first word, and resume of what is not paused is no error', async () => {
    const [one, two] = await Promise.all([
      pause({ ...options(), id, reason: 'one' }),
      pause({ ...options(), id, reason: 'two' }),
    ]);
    expect([...one.done, ...two.done]).toEqual([id]);
    expect([...one.warnings, ...two.warnings]).toEqual([expect.stringContaining('was paused before')]);
    await resume({ ...options(), id });
    const again = await resume({ ...options(), id });
    expect(again).toMatchObject({ exitCode: 0, done: [], warnings: [`${id} was not paused`] });
  });

  test('needs no consent in a protected environment, as to go on does', async () => {
    const guarded = `export default { environments: { local: { endpoint: '${server.endpoint}', region: 'us-east-1', protected: true } } };`;
    await project.write('guarded.mjs', guarded);
    const there = { ...options(), config: 'guarded.mjs', id };
    expect((await pause(there)).done).toEqual([id]);
    await expect(resume(there)).rejects.toMatchObject({ code: 'PROTECTED_ENVIRONMENT' });
    await expect(throttle({ ...there, write: 5 })).rejects.toMatchObject({ code: 'PROTECTED_ENVIRONMENT' });
    expect(await entryOf()).toMatchObject({ state: 'paused', throttle: null });
  });
});

describe('throttle', () => {
  test('changes a run under way, and is forgotten when that is done', async () => {
    const slow = waitFor(paceOf('budget'));
    const running = up({ ...options(), write: 1, onEvent: slow.onEvent });
    expect(await slow.event).toMatchObject({
      pace: { tables: expect.arrayContaining([expect.objectContaining({ limit: 1 })]) },
    });
    expect(await entryOf()).toMatchObject({ flags: [], pace: [{ slowedBy: 'budget' }] });
    await throttle({ ...options(), id, write: 100_000 });
    expect((await running).done).toEqual([id, steps]);
    expect(await entryOf()).toMatchObject({ state: 'applied', throttle: null, flags: [] });
  });

  test('leaves a limit alone that is not named, and can be taken back', async () => {
    await throttle({ ...options(), id, read: 50 });
    await throttle({ ...options(), id, write: 7, reason: 'lunch' });
    const entry = await entryOf();
    expect(entry).toMatchObject({ flags: ['throttled'], throttle: { read: 50, write: 7, reason: 'lunch' } });
    await throttle({ ...options(), id, off: true });
    expect(await entryOf()).toMatchObject({ flags: [], throttle: null });
  });

  test.each([
    [{}, /no limit/],
    [{ off: true, read: 1 }, /exclude/],
    [{ read: 0 }, /`read` is `0`/],
    [{ write: '150%' as const }, /`write` is `150%`/],
  ])('refuses %o', async (limits, message) => {
    const refused = throttle({ ...options(), id, ...limits });
    await expect(refused).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  test('refuses a share of a table on demand, before it is asked for', async () => {
    const share = throttle({ ...options(), id, write: '25%' });
    await expect(share).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: /`USERS` is on demand/ });
    expect(await entryOf()).toMatchObject({ throttle: null });
    await expect(up({ ...options(), write: '25%' })).rejects.toMatchObject({ code: 'CONFIG_INVALID', migration: id });
    expect(await entryOf()).toMatchObject({ state: 'pending' });
  });
});

test.each([
  ['pause', pause],
  ['resume', resume],
  ['throttle', (given: Parameters<typeof pause>[0]) => throttle({ ...given, write: 5 })],
])('%s refuses what there is no controlling', async (_name, command) => {
  await expect(command({ ...options(), id: '009-none' })).rejects.toMatchObject({ code: 'UNKNOWN_MIGRATION' });
  await expect(command({ ...options(), id: steps })).rejects.toMatchObject({ code: 'USAGE', message: /steps/ });
  await up(options());
  await expect(command({ ...options(), id })).rejects.toMatchObject({ code: 'USAGE', message: /is applied/ });
});
