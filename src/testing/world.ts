import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { baseline } from '../commands/baseline.js';
import { complete } from '../commands/complete.js';
import { cutover } from '../commands/cutover.js';
import type { CommandOptions } from '../commands/options.js';
import { up } from '../commands/up.js';
import { loadConfig } from '../config/load-config.js';
import type { Settings } from '../config/resolve-config.js';
import type { InPlaceMigration } from '../definition/define-migration.js';
import { isDefinition } from '../definition/definition-mark.js';
import { createClient } from '../dynamodb/client.js';
import { findTable } from '../dynamodb/describe-table.js';
import type { TableSpec } from '../dynamodb/table-spec.js';
import { startEngine } from '../engine/start-engine.js';
import { isMigrateError, MigrateError } from '../errors.js';
import { loadMigrations } from '../migrator/load-migrations.js';
import type { Definition, LoadedMigration } from '../migrator/migration.js';
import { quietSdk } from './quiet-sdk.js';
import { dropTable, makeTable, readTables, replaceItems, type TableContents, tableNames } from './table-contents.js';

export interface WorldOptions extends Pick<CommandOptions, 'cwd' | 'config' | 'env'> {
  readonly engine?: 'dynalite' | 'dynamodb-local' | undefined;
  readonly tables?: readonly TableSpec[] | undefined;
}

/** An engine in which everything before a migration has been done. */
export interface World {
  readonly file: LoadedMigration;
  readonly settings: Settings;
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** What a command on this engine takes; `endpoint` may be another that leads here. */
  readonly commandOptions: (endpoint?: string) => CommandOptions;
  /** Takes everything back to where nothing but the migrations before has happened. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @throws MigrateError what is wrong with the config, a migration file or the engine. */
export async function openWorld(id: string, { engine: kind = 'dynalite', ...options }: WorldOptions): Promise<World> {
  const { cwd = process.cwd(), config, env, tables } = options;
  quietSdk();
  const { settings } = await loadConfig({ cwd, config, environment: env });
  const { file, before } = await findMigration(id, settings);
  const engine = await startEngine({
    kind,
    path: undefined,
    lockTimeoutMs: 0,
    signal: new AbortController().signal,
    command: 'a test',
    onWait: () => undefined,
    onFetch: () => undefined,
  });
  const client = createClient(engine);
  const world = { file, settings, client, endpoint: engine.endpoint, commandOptions, reset, close };
  let start: Map<string, TableContents> | undefined;

  function commandOptions(endpoint = engine.endpoint): CommandOptions {
    return { cwd, config, env, endpoint, yes: true, processEnv: {}, lockTimeout: 5 };
  }

  async function reset(): Promise<void> {
    if (start && (await restore(client, start))) return;
    for (const name of await tableNames(client)) await dropTable(client, name);
    if (tables) {
      for (const spec of tables) await makeTable(client, spec, settings.tableName(spec.name));
      const last = before.at(-1);
      if (last) await baseline({ ...commandOptions(), id: last.id, reason: 'a test gives the tables' });
    } else await reach(before, commandOptions(), { client, settings });
    start = await readTables(client);
  }

  async function close(): Promise<void> {
    client.destroy();
    await engine.close();
  }

  try {
    await reset();
  } catch (error) {
    await close();
    throw error;
  }
  return world;
}

async function findMigration(id: string, { migrationsDirectory }: Settings) {
  const { migrations, problems } = await loadMigrations({ directory: migrationsDirectory, isDefinition });
  const [problem] = problems;
  if (problem) throw problem;
  const at = migrations.findIndex((file) => file.id === id);
  const file = migrations[at];
  if (file) return { file, before: migrations.slice(0, at) };
  const known = migrations.map((each) => `\`${each.id}\``).join(', ') || 'none';
  throw new MigrateError('UNKNOWN_MIGRATION', `there is no migration \`${id}\` in \`${migrationsDirectory}\``, {
    fix: `an id is a file name without its extension; there is ${known}`,
  });
}

/**
 * Runs these, each to its end: what comes later finds the new table of a move in use. One whose table none of them makes
 * has nothing to do here, and is taken for done.
 */
async function reach(
  files: readonly LoadedMigration[],
  options: CommandOptions,
  world: Pick<World, 'client' | 'settings'>,
) {
  for (const { id, definition } of files) {
    const source = sourceOf(definition);
    if (source && !(await findTable(world.client, world.settings.tableName(source.name)))) {
      await baseline({ ...options, id, reason: 'a test has no table for it' });
      continue;
    }
    const { migrations } = await up({ ...options, to: id }).catch(explainEarlier);
    const { state, flags = [] } = migrations.find((migration) => migration.id === id) ?? {};
    if (state !== 'waiting') continue;
    await cutover({ ...options, id, offline: flags.includes('offline'), acceptLossy: true });
    await complete({ ...options, id });
  }
}

function explainEarlier(error: unknown): never {
  if (!isMigrateError(error)) throw error;
  const { code, message, migration, key, cause } = error;
  throw new MigrateError(code, `an earlier migration failed: ${message}`, {
    migration,
    key,
    cause,
    fix: "give the tables as they are before the migration: `openMigration(id, { tables: [{ name: 'USERS', partitionKey: { name: 'id', type: 'S' } }] })`; the earlier ones are then not run",
  });
}

/** False where tables are gone, or other than they were: items alone cannot mend that. */
async function restore(client: DynamoDBClient, start: ReadonlyMap<string, TableContents>): Promise<boolean> {
  const now = await readTables(client);
  for (const { name, shape } of start.values()) if (now.get(name)?.shape !== shape) return false;
  for (const name of now.keys()) if (!start.has(name)) await dropTable(client, name);
  for (const { name, items } of start.values()) await replaceItems(client, name, [...items.values()]);
  return true;
}

/** Makes the table that a migration is about, where no earlier one does: its keys declared, their types those of `item`. */
export async function ensureTable({ client, settings, file }: World, name: string, item: object | undefined) {
  const real = settings.tableName(name);
  if (await findTable(client, real)) return;
  const declared = sourceOf(file.definition);
  const { partitionKey, sortKey } = declared?.name === name ? declared : {};
  if (partitionKey === undefined) {
    throw new MigrateError('TABLE_NOT_FOUND', `no migration before \`${file.id}\` makes the table \`${name}\``, {
      fix: `tell the test what it is like: \`openMigration('${file.id}', { tables: [{ name: '${name}', partitionKey: { name: 'id', type: 'S' } }] })\``,
    });
  }
  const key = (attribute: string) => ({
    name: attribute,
    type: keyType((item as Record<string, unknown>)?.[attribute]),
  });
  const spec = { name, partitionKey: key(partitionKey), ...(sortKey !== undefined && { sortKey: key(sortKey) }) };
  await makeTable(client, spec, real);
}

function keyType(value: unknown): 'S' | 'N' | 'B' {
  if (value instanceof Uint8Array) return 'B';
  return typeof value === 'string' || value === undefined ? 'S' : 'N';
}

/** The table that a migration reads; steps read what they like. */
export function sourceOf(definition: Definition): InPlaceMigration['table'] | undefined {
  if (definition.kind === 'steps') return undefined;
  return definition.kind === 'move' ? definition.from : definition.table;
}
