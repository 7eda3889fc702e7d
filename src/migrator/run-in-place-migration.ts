import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { InPlaceMigration } from '../definition/define-migration.js';
import { describeTable, keyNamesOf } from '../dynamodb/describe-table.js';
import { MigrateError } from '../errors.js';
import { dryRun } from '../in-place/dry-run.js';
import { createItemErrors, type QuarantineStore, tooManyErrors } from '../in-place/item-errors.js';
import type { Rewrite } from '../in-place/plan-change.js';
import { type Preflight, preflight } from '../in-place/preflight.js';
import { runInPlace } from '../in-place/run-in-place.js';
import type { Position } from '../ledger/checkpoints.js';
import { rawKeyDigest } from '../ledger/raw-key.js';
import type { Direction, Totals } from '../ledger/rows.js';
import { describeTransform } from '../transform/describe-transform.js';
import { touchedAttributes } from '../transform/touched-attributes.js';
import { beginRun, isResume, type Run } from './begin-run.js';
import type { DryRun } from './events.js';
import type { LockedMigrator, Migrator } from './migrator.js';
import { phaseOf, totalsOf } from './read-progress.js';
import { segmentsFor } from './segments-for.js';

export interface InPlaceRunOptions {
  readonly maxItemErrors: number;
}

/** Runs an in-place migration, or goes on with it, from its first check to its last verify pass. */
export async function runInPlaceMigration(
  migrator: LockedMigrator,
  definition: InPlaceMigration,
  run: Run,
  { maxItemErrors }: InPlaceRunOptions,
): Promise<Totals> {
  const { client, lease, ledger, checkpoints, emit } = migrator;
  const { file, direction } = run;
  const { id, checksum } = file;
  const { rewrite, table } = await openRewrite(migrator, definition, direction);

  let expected = table.ItemCount || undefined;
  let totalSegments: number;
  if (isResume(run) && run.row?.totalSegments !== undefined) {
    totalSegments = run.row.totalSegments;
  } else {
    totalSegments = segmentsFor(table);
    const sample = await preflight({ client, rewrite, totalSegments });
    const { failures } = sample;
    const oneTooMany = failures[maxItemErrors];
    if (oneTooMany) throw tooManyErrors(failures.length, oneTooMany, maxItemErrors, false);
    if (sample.complete) expected = sample.sampled;
    if (direction === 'up') warnOfDown(migrator, definition, sample);
  }

  const row = await beginRun(migrator, run, totalSegments);
  if (!isResume(run)) await migrator.quarantine.clear(lease, id);
  const binding = { id, checksum, direction, totalSegments, run: row.run };
  const itemErrors = await createItemErrors({
    store: quarantineStore(migrator, id, direction),
    keyNames: rewrite.keyNames,
    maxItemErrors,
  });
  let segments: readonly Position[] = [];
  const totals = () => totalsOf(segments, itemErrors.count());
  try {
    const result = await runInPlace({
      rewrite,
      client,
      capabilities: await migrator.capabilities(),
      totalSegments,
      checkpoints: {
        claim: (segment) => checkpoints.claim(lease, binding, segment),
        save: (segment, position) => checkpoints.save(lease, binding, segment, position),
      },
      itemErrors,
      signal: AbortSignal.any([migrator.signal, lease.signal]),
      onProgress: (now) => {
        segments = now;
        const pass = Math.max(...now.map((segment) => segment.pass));
        const current = now.filter((segment) => segment.pass === pass);
        emit({
          type: 'progress',
          id,
          direction,
          progress: {
            phase: phaseOf(now),
            scanned: current.reduce((sum, segment) => sum + segment.passScanned, 0),
            // In a verify pass it is known how many there are.
            expected: pass > 1 ? totals().scanned : (expected ?? estimate(current)),
            segments: { done: current.filter((segment) => segment.done).length, total: totalSegments },
            totals: totals(),
          },
        });
      },
    });
    if (result.stragglers > 0) {
      emit({
        type: 'warning',
        message: `${result.stragglers} items of ${rewrite.tableName} were written in the old form while the last verify pass ran, and were rewritten; an application that writes the old form seems to be at work still`,
      });
    }
    if (direction === 'up' && !isResume(run)) warnOfNothingFound(migrator, rewrite.tableName, totals());
  } finally {
    // Also what a failed run did is worth knowing; a lost lease refuses it.
    if (!lease.signal.aborted) await ledger.update(lease, id, { totals: totals() });
  }
  return totals();
}

/** A name that no item has is no error: it may be for items to come, or the work of another day. */
function warnOfNothingFound({ emit }: Migrator, tableName: string, { scanned, changed, errors }: Totals): void {
  if (scanned === 0 || changed + errors > 0) return;
  emit({
    type: 'warning',
    message: `none of ${scanned} items of ${tableName} was in the old form: they are in the new one already, or a name in the migration is misspelt`,
  });
}

/** `add` and `copy` leave an attribute alone that is there already; the `down` that removes it does not. */
function warnOfDown({ emit }: Migrator, { up, down }: InPlaceMigration, { taken, sampled }: Preflight): void {
  const created = new Set(
    up.operations.filter(({ kind }) => kind === 'add' || kind === 'copy').flatMap(({ touches }) => touches),
  );
  for (const { kind, touches } of down?.operations ?? []) {
    const name = touches.find((one) => created.has(one) && kind === 'remove');
    const count = name === undefined ? 0 : (taken.get(name) ?? 0);
    if (count === 0) continue;
    emit({
      type: 'warning',
      message: `${count} of ${sampled} sampled items have \`${name}\` already, and keep it; \`down\` would remove it from them too`,
    });
  }
}

/** Reads the whole table and tells what would change. */
export async function dryRunInPlace(migrator: Migrator, definition: InPlaceMigration, run: Run): Promise<DryRun> {
  const { client, signal } = migrator;
  const { rewrite, table } = await openRewrite(migrator, definition, run.direction);
  const result = await dryRun({ client, rewrite, totalSegments: segmentsFor(table), signal });
  const { firstFailure } = result;
  const lines = [
    `in place on ${rewrite.tableName}: ${describeTransform(rewrite.transform)}`,
    `${result.scanned} items read, ${result.changed} would change, ${result.errors} would fail`,
    ...(firstFailure ? [`first: ${firstFailure.error.key}: ${firstFailure.error.message}`] : []),
  ];
  return { lines, itemErrors: result.errors };
}

/** The rewrite that a migration means for this environment's table, checked against the table's keys. */
export async function openRewrite(
  { client, settings }: Migrator,
  { table: reference, where, up, down }: InPlaceMigration,
  direction: Direction,
): Promise<{ readonly rewrite: Rewrite; readonly table: TableDescription }> {
  const tableName = settings.tableName(reference.name);
  if (tableName === settings.metaTable) {
    throw new MigrateError('MIGRATION_INVALID', `\`${tableName}\` is the meta table, which no migration may change`, {
      fix: 'give the meta table a name of its own with `metaTable` in the config',
    });
  }
  const table = await describeTable(client, tableName);
  const keyNames = keyNamesOf(table);
  for (const part of ['partitionKey', 'sortKey'] as const) {
    if (reference[part] !== undefined && reference[part] !== keyNames[part]) {
      throw new MigrateError(
        'TABLE_DRIFT',
        `the ${part} of \`${tableName}\` is ${keyNames[part] ? `\`${keyNames[part]}\`` : 'not there'}, the migration says \`${reference[part]}\``,
        { fix: 'correct `table()` in the migration, or check that --env and --region are the right ones' },
      );
    }
  }
  const transform = direction === 'up' ? up : down;
  if (!transform) throw new MigrateError('IRREVERSIBLE', 'the migration has no way back');
  const touched = touchedAttributes(transform);
  for (const name of [keyNames.partitionKey, keyNames.sortKey]) {
    if (name !== undefined && new Set(touched).has(name)) {
      throw new MigrateError('KEY_CHANGED', `the transform changes \`${name}\`, a key of \`${tableName}\``, {
        fix: 'a key cannot change in place: leave it, or write the items to a new table',
      });
    }
  }
  return { rewrite: { tableName, keyNames, transform, where: where ?? {} }, table };
}

/** Segments hold about as many items each (DynamoDB splits by the hash of the key), so a finished one tells of all. */
function estimate(segments: readonly Position[]): number | undefined {
  const done = segments.filter((segment) => segment.done);
  const scanned = done.reduce((sum, segment) => sum + segment.passScanned, 0);
  return done.length === 0 ? undefined : Math.round((scanned / done.length) * segments.length);
}

/** The quarantine rows of one migration and direction. */
export function quarantineStore(
  { quarantine, lease }: Pick<LockedMigrator, 'quarantine' | 'lease'>,
  id: string,
  direction: Direction,
): QuarantineStore {
  const attempts = new Map<string, number>();
  return {
    async put({ key, error }) {
      const attempt = (attempts.get(rawKeyDigest(key)) ?? 0) + 1;
      attempts.set(rawKeyDigest(key), attempt);
      await quarantine.put(lease, id, {
        key,
        direction,
        code: error.code,
        message: error.message,
        at: new Date().toISOString(),
        attempts: attempt,
      });
    },
    remove: (key) => quarantine.remove(lease, id, { key, direction }),
    async *keys() {
      for await (const entry of quarantine.list(id, direction)) {
        attempts.set(rawKeyDigest(entry.key), entry.attempts);
        yield entry.key;
      }
    },
  };
}
