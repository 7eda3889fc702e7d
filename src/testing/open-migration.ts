import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { cutover } from '../commands/cutover.js';
import { down } from '../commands/down.js';
import type { CommandOptions } from '../commands/options.js';
import type { Report } from '../commands/report.js';
import { up } from '../commands/up.js';
import type { TableSpec } from '../dynamodb/table-spec.js';
import { MigrateError } from '../errors.js';
import type { Definition } from '../migrator/migration.js';
import type { Intercept } from './intercept.js';
import { interceptEndpoint } from './intercept-endpoint.js';
import { byTable, fromRawItem, type TestItems, toRawItem } from './items.js';
import { dropTable, readTable, readTables, replaceItems, type TableContents, tableNames } from './table-contents.js';
import { ensureTable, openWorld, sourceOf } from './world.js';

export interface OpenMigrationOptions extends Pick<CommandOptions, 'cwd' | 'config' | 'env'> {
  /** `dynalite` starts in milliseconds; `dynamodb-local` has streams, and needs Java. Default: `dynalite`. */
  readonly engine?: 'dynalite' | 'dynamodb-local' | undefined;
  /**
   * The tables as they are before the migration. Without them the earlier migrations are run, and a table that none of
   * them makes is made with the keys that the migration declares.
   */
  readonly tables?: readonly TableSpec[] | undefined;
  /** The items that the assertions use which are given none. */
  readonly items?: TestItems | undefined;
}

/** A migration in an engine of its own, before which everything else has been run. */
export interface MigrationUnderTest {
  readonly id: string;
  readonly definition: Definition;
  readonly engine: 'dynalite' | 'dynamodb-local';
  /** Of the engine, for an application's own client, or {@link interceptEndpoint}. */
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** The items that were given to `openMigration`. */
  readonly fixtures: TestItems | undefined;
  /** The real name of a table, as the environment makes it. */
  readonly tableName: (name: string) => string;
  /** Back to where only the migrations before have run, with these items in place of any others. */
  readonly seed: (items?: TestItems) => Promise<void>;
  /** What every function of the library takes to work on this engine: `status({ ...migration.commandOptions() })`. */
  readonly commandOptions: () => CommandOptions;
  /** Runs it, or goes on with it; `intercept` stands between it and the engine. */
  readonly up: (options?: RunOptions) => Promise<Report>;
  /** Takes it back. */
  readonly down: (options?: RunOptions) => Promise<Report>;
  /** Makes the new table of a move the one in use. */
  readonly cutover: (options?: RunOptions) => Promise<Report>;
  /** The items of a table, in no particular order; `null` where there is no such table. Default: the one it is about. */
  readonly items: (table?: string) => Promise<Record<string, unknown>[] | null>;
  /** Everything that is in the engine, by real names; the meta table too. */
  readonly contents: () => Promise<Map<string, TableContents>>;
  /** Name of the meta table. */
  readonly metaTable: string;
  readonly close: () => Promise<void>;
}

export interface RunOptions {
  readonly intercept?: Intercept | undefined;
  /** How long its lock outlives its death. Default: as in the config. */
  readonly leaseSeconds?: number | undefined;
}

/**
 * Opens a migration of the project for a test: an engine in memory, where the migrations before it have run.
 *
 * @example
 * const migration = await openMigration('002-full-name');
 * await migration.seed([{ id: '1', name: 'Ann' }]);
 * await migration.up();
 * console.log(await migration.items()); // [{ id: '1', fullName: 'Ann' }]
 * await migration.close();
 *
 * @throws MigrateError what is wrong with the config, a migration file or the engine; `TABLE_NOT_FOUND`.
 */
export async function openMigration(id: string, options: OpenMigrationOptions = {}): Promise<MigrationUnderTest> {
  const world = await openWorld(id, options);
  const { file, client, settings, endpoint } = world;
  const { definition } = file;
  const { engine = 'dynalite' } = options;
  const source = sourceOf(definition)?.name;

  async function through<T>(
    intercept: Intercept | undefined,
    run: (options: CommandOptions) => Promise<T>,
  ): Promise<T> {
    if (!intercept) return run(world.commandOptions());
    const between = await interceptEndpoint(endpoint, intercept);
    try {
      return await run(world.commandOptions(between.endpoint));
    } finally {
      await between.close();
    }
  }

  return {
    id,
    definition,
    engine,
    endpoint,
    commandOptions: () => world.commandOptions(),
    client,
    fixtures: options.items,
    tableName: settings.tableName,
    metaTable: settings.metaTable,
    async seed(items) {
      await world.reset();
      for (const [name, list] of Object.entries(byTable(items ?? options.items ?? noItems(id, source), source))) {
        const real = settings.tableName(name);
        if (list === null) {
          if ((await tableNames(client)).includes(real)) await dropTable(client, real);
          continue;
        }
        await ensureTable(world, name, list[0]);
        await replaceItems(client, real, list.map(toRawItem));
      }
    },
    up: ({ intercept, leaseSeconds } = {}) => through(intercept, (run) => up({ ...run, to: id, leaseSeconds })),
    down: ({ intercept } = {}) =>
      through(intercept, (run) => down({ ...run, step: 1, offline: engine === 'dynalite' })),
    cutover: ({ intercept } = {}) =>
      through(intercept, (run) => cutover({ ...run, id, offline: engine === 'dynalite', acceptLossy: true })),
    async items(table = source ?? '') {
      const real = settings.tableName(table);
      if (!(await tableNames(client)).includes(real)) return null;
      return [...(await readTable(client, real)).items.values()].map(fromRawItem);
    },
    contents: () => readTables(client),
    close: world.close,
  };
}

/** Steps may need none. */
function noItems(id: string, source: string | undefined): TestItems {
  if (source === undefined) return {};
  throw new MigrateError('USAGE', `there are no items to try \`${id}\` on`, {
    fix: `give some: \`openMigration('${id}', { items: [{ id: '1' }] })\`, or to the assertion`,
  });
}

/** Not a number, a string, or something that has no engine: a matcher is given anything. */
export function isMigrationUnderTest(value: unknown): value is MigrationUnderTest {
  return typeof value === 'object' && value !== null && 'definition' in value && 'contents' in value && 'seed' in value;
}
