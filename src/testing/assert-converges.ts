import { verify } from '../commands/verify.js';
import { isMigrateError, MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';
import { formatKey, keyOf } from '../item/key.js';
import type { Definition } from '../migrator/migration.js';
import { applyTransform } from '../transform/transform.js';
import { itemDifferences } from './difference.js';
import { attempt, fail } from './fail.js';
import { type Intercept, type InterceptedRequest, isItemWrite } from './intercept.js';
import type { TestItems } from './items.js';
import type { MigrationUnderTest } from './open-migration.js';
import { type RecordedTable, recordWrites, type Writer } from './writers.js';

export interface ConvergeOptions {
  /** Default: those of `openMigration`. */
  readonly items?: TestItems | undefined;
  /** How many turns the writers get at most, before they fall silent. Default: 100. */
  readonly turns?: number | undefined;
}

/**
 * Asserts that a migration which runs beside an application ends as though the application had written everything
 * before it: no write is lost, nothing deleted comes back, and every item is in its new form. The writers get a turn
 * before each read, and before many writes, of the migration, so they hit the gaps between them: before an item was
 * read, between read and write, after it was written.
 *
 * A move needs streams: `openMigration(id, { engine: 'dynamodb-local' })`.
 *
 * @throws AssertionError with the items that ended otherwise.
 */
export async function assertConvergesUnder(
  migration: MigrationUnderTest,
  writers: Writer | readonly Writer[],
  { items, turns = 100 }: ConvergeOptions = {},
): Promise<void> {
  const { id, definition, client } = migration;
  const name = tableUnderWriters(migration);
  await migration.seed(items);
  const start = (await migration.contents()).get(name);
  if (!start)
    throw new MigrateError('TABLE_NOT_FOUND', `there is no table \`${name}\` for the writers`, { migration: id });
  const recorded = recordWrites({ client, tableName: name, keys: start.keys, items: start.items });
  const { warnings } = await attempt(id, 'failed under writers', () =>
    migration.up({ intercept: takingTurns(name, recorded, [writers].flat(), turns) }),
  );
  if (definition.kind === 'move') {
    await attempt(id, 'does not converge under writers', () =>
      verify({ ...migration.commandOptions(), id, lockTimeout: 60 }),
    );
  }
  const oldForm = warnings.find((warning) => warning.includes('were written in the old form'));
  if (oldForm !== undefined) fail(id, `does not converge under writers: ${oldForm}`);

  const expected: RawItem[] = [];
  for (const item of recorded.model.values()) {
    try {
      expected.push(...apply(definition, item));
    } catch (error) {
      if (!isMigrateError(error)) throw error;
      fail(
        id,
        `cannot migrate what the writers wrote (${formatKey(keyOf(item, start.keys))}): ${error.code}: ${error.message}`,
      );
    }
  }
  const target = definition.kind === 'move' ? migration.tableName(definition.to.name) : name;
  const end = (await migration.contents()).get(target);
  const lines = end ? itemDifferences(end, expected) : [`there is no table \`${target}\``];
  if (lines.length > 0) {
    fail(id, 'does not end as though the writers had written before it', lines);
  }
}

function tableUnderWriters({ id, definition, tableName, engine }: MigrationUnderTest): string {
  if (definition.kind === 'steps') {
    throw new MigrateError('USAGE', `\`${id}\` is made of steps, which name no items that writers could change`, {
      fix: 'try it with `toResumeAfterAnyCrash`, or write the test for this case by hand',
    });
  }
  if (definition.kind === 'in-place') return tableName(definition.table.name);
  if (engine === 'dynamodb-local') return tableName(definition.from.name);
  throw new MigrateError('USAGE', `\`${id}\` is a move, and dynalite has no streams to follow writers by`, {
    fix: `\`openMigration('${id}', { engine: 'dynamodb-local' })\`, which needs Java 17`,
  });
}

/**
 * A turn before every read, and before every third write: one that lost its race must be able to win the next. Small
 * pages, so that few items make many gaps. Segments ask side by side, so turns stand in line. A migration in place
 * makes three verify passes at most; the writers fall silent before the second, so that it can end.
 */
function takingTurns(name: string, { table }: RecordedTable, writers: readonly Writer[], turns: number): Intercept {
  let turn = 0;
  let writes = 0;
  let passes = 0;
  let last: Promise<void> = Promise.resolve();
  return async (request) => {
    const { operation, input, forward } = request;
    const isRead = /^(?:Scan|Query|GetItem|BatchGetItem)$/.test(operation);
    if (!isAbout(name, request) || !(isRead || isItemWrite(request))) return undefined;
    if (operation === 'Scan' && input.ConsistentRead === true && !input.ExclusiveStartKey && !input.Segment)
      passes += 1;
    if (passes < 2 && turn < turns && (isRead || writes++ % 3 === 0)) {
      const now = turn++;
      last = last.then(async () => {
        for (const writer of writers) await writer(table, now);
      });
    }
    await last;
    return operation === 'Scan' ? forward({ ...input, Limit: 2 }) : undefined;
  };
}

/** Statements name their table in the middle of a text. */
function isAbout(name: string, { input }: InterceptedRequest): boolean {
  const text = JSON.stringify(input);
  return text.includes(JSON.stringify(name)) || text.includes(`\\"${name}\\"`);
}

function apply(definition: Definition, item: RawItem): readonly RawItem[] {
  if (definition.kind === 'move') return definition.apply(item);
  if (definition.kind === 'steps') return [];
  const isMeant = Object.entries(definition.where ?? {}).every(([name, wanted]) => {
    const value = item[name];
    return value !== undefined && equalValues(value, wanted);
  });
  return [isMeant ? applyTransform(definition.up, item).item : item];
}
