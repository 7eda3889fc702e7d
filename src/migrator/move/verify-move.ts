import { isAwsError } from '../../dynamodb/aws-errors.js';
import { createPagePace, createPageReader } from '../../dynamodb/page-reader.js';
import { runSegments } from '../../dynamodb/run-segments.js';
import { MigrateError } from '../../errors.js';
import type { RawItem } from '../../item/attribute-value.js';
import { formatKey, keyId, keyOf } from '../../item/key.js';
import type { Position } from '../../ledger/checkpoints.js';
import type { ObligationCounts } from '../../ledger/obligations.js';
import type { Direction, LedgerRow, MoveRecord, VerifyingRecord, VerifyRecord } from '../../ledger/rows.js';
import { lensLoss } from '../../reconcile/check-lens.js';
import type { Difference, DifferenceKind, Subject } from '../../reconcile/difference.js';
import { reverseMapping } from '../../reconcile/lens.js';
import { type Mapping, sameKeyOf } from '../../reconcile/mapping.js';
import { recheck } from '../../reconcile/recheck.js';
import { reconcileDurably } from '../../reconcile/reconcile-durably.js';
import { verifySegment } from '../../reconcile/verify-segment.js';
import type { LockedMigrator } from '../migrator.js';
import { totalsOf } from '../read-progress.js';
import { type MissedRecords, nameOfMissed } from './missed-records.js';
import type { Move } from './move.js';
import { onRecord } from './on-record.js';
import { openPorts } from './ports.js';
import { isOffline, moveOf } from './prepare-move.js';

export interface VerifyMoveOptions {
  /** Which table leads: `up` the source, `down` the target. */
  readonly direction: Direction;
  readonly signal: AbortSignal;
  /** The share of items to compare, 0 to 1. Default: 1. */
  readonly sample?: number | undefined;
  /** Reconcile all that differs, and not only what is on record as to be reconciled once more. */
  readonly repair?: boolean | undefined;
  /** Not to go on with one that was cut off: what it compared may have been written since, with nobody following. */
  readonly anew?: boolean | undefined;
  /** What the stream kept from us until now: one that was cut off before that does not make up for it. */
  readonly missed?: MissedRecords | undefined;
  /** Told whether one that was cut off is gone on with, before anything is compared. */
  readonly onBegin?: ((resumed: boolean) => Promise<void>) | undefined;
  readonly onDifferences?: ((differences: readonly Difference[]) => Promise<void>) | undefined;
}

export interface VerifyResult {
  readonly row: LedgerRow;
  readonly compared: number;
  readonly differences: Readonly<Record<DifferenceKind, number>>;
  readonly repaired: number;
  /** The first ones that this process found. */
  readonly samples: readonly Difference[];
}

const sides = ['source', 'target'] as const;
const kinds = ['missing', 'extra', 'different', 'failed'] as const;
/**
 * A difference is one when it stands for longer than the live sync lags behind, also where its process dies and another
 * one takes over, which needs a lease. Offline, nothing lags.
 */
const patienceOf = (leaseMs: number) => ({ patienceMs: Math.max(15_000, 1.5 * leaseMs), everyMs: 500 });
const impatience = { patienceMs: 0, everyMs: 1 };
const maxSamples = 100;
/** Items of each segment whose way back is tried. */
const lensSample = 100;
/** A repair may meet a writer; three passes that all find something are a reason to look. */
const maxPasses = 3;

/** For this process alone: a backfill has more, for many. */
const maxSegments = 64;

/**
 * Compares both tables of a move, item by item, in both directions, and writes down what came of it. A verify that was
 * cut off goes on when it is begun again with the same options.
 */
export async function verifyMove(
  migrator: LockedMigrator,
  move: Move,
  start: LedgerRow,
  { direction, signal, sample = 1, repair = false, anew = false, missed, onBegin, onDifferences }: VerifyMoveOptions,
): Promise<VerifyResult> {
  const { client, checkpoints, clock, emit, lease, ledger, settings } = migrator;
  const { id, checksum, definition, mapping } = move;
  const totalSegments = Math.min(maxSegments, start.totalSegments ?? 4);
  const began = beginVerify(
    start,
    { direction, sample, repair, checksum, missed: missed && nameOfMissed(missed) },
    anew,
  );
  let row = await ledger.update(lease, id, { move: began.record });
  await onBegin?.(began.resumed);
  const ports = openPorts(migrator, move, { direction, lease, origin: `verify ${lease.token}` });
  const [readSource, readTarget] =
    direction === 'up' ? [ports.readSource, ports.readTarget] : [ports.readTarget, ports.readSource];
  /** What is on record is reconciled in any case, but not necessarily by whoever may only look. */
  const unlessRefused = (error: unknown) => {
    if (repair || !isAwsError(error, 'AccessDeniedException')) throw error;
  };
  const positions = new Map<string, Position>();
  const samples: Difference[] = [];
  const lossy = { count: 0, key: '' };

  for (const side of sides) {
    const { tableName } = move[side];
    const binding = { id: `${id}#verify-${side}`, checksum, direction, totalSegments, run: began.run };
    const claimed: Position[] = [];
    for (let segment = 0; segment < totalSegments; segment++) {
      claimed.push(await checkpoints.claim(lease, binding, segment));
    }
    const save = (segment: number, position: Position) => positions.set(`${side} ${segment}`, position);
    claimed.forEach((position, segment) => {
      save(segment, position);
    });
    const pace = createPagePace();
    await runSegments(
      signal,
      claimed.map((from, segment) => async (stopped) => {
        const pages = createPageReader({ client, tableName, segment, totalSegments, consistent: true, pace });
        let position = from;
        let readUnits = 0;
        // Its first page was tried by a process that is gone, and took what it found with it.
        const isBegun = from.done || from.exclusiveStartKey !== undefined;
        if (side === 'target' && isBegun) {
          const page = await pages.read(undefined);
          readUnits += page.readUnits;
          tryWayBack(move, page.items, lossy);
        }
        await verifySegment({
          side,
          mapping,
          leads: direction === 'up' ? 'source' : 'target',
          ...(direction === 'down' && definition.down && { down: definition.down }),
          readSource,
          readTarget,
          sample,
          start: { startKey: from.exclusiveStartKey, done: from.done },
          recheck: { clock, ...(isOffline(start) ? impatience : patienceOf(settings.leaseMs)) },
          signal: stopped,
          repair: {
            select: async (found) => (repair ? found : onRecord(migrator, move, direction, found)),
            reconcile: (units) => reconcileDurably(units, ports).catch(unlessRefused),
          },
          async scanPage(startKey) {
            const page = await pages.read(startKey);
            readUnits += page.readUnits;
            if (side === 'target' && startKey === undefined) tryWayBack(move, page.items, lossy);
            return page;
          },
          async onDifferences(differences) {
            samples.push(...differences.slice(0, Math.max(0, maxSamples - samples.length)));
            await onDifferences?.(differences);
          },
          async saveCheckpoint({ startKey, done, scanned, compared, differences, repaired }) {
            position = {
              ...position,
              exclusiveStartKey: startKey,
              done,
              passScanned: position.passScanned + scanned,
              scanned: position.scanned + scanned,
              pages: position.pages + 1,
              readUnits: from.readUnits + readUnits,
              counts: sumOf([position.counts ?? {}, { ...differences, compared, repaired }]),
            };
            await checkpoints.save(lease, binding, segment, position);
            save(segment, position);
            report();
          },
        });
      }),
    );
  }

  const counts = sumOf([...positions.values()].map((position) => position.counts ?? {}));
  const count = (name: string) => counts[name] ?? 0;
  const differences = Object.fromEntries(kinds.map((kind) => [kind, count(kind)])) as VerifyResult['differences'];
  const total = kinds.reduce((sum, kind) => sum + differences[kind], 0);
  const { verifying, lossy: _before, ...record } = moveOf(row);
  row = await ledger.update(lease, id, {
    move: {
      ...record,
      ...(verifying && { verifying: { ...verifying, open: false } }),
      ...(lossy.count > 0 && { lossy }),
      verified: betterOf(record.verified, {
        at: new Date(clock.wall()).toISOString(),
        checksum,
        run: row.run,
        compared: count('compared'),
        differences: total,
        clean: total === 0,
        full: sample >= 1,
      }),
    },
  });
  await migrator.history.append({
    action: 'verify',
    id,
    by: migrator.actor,
    details: { compared: count('compared'), ...differences, repaired: count('repaired'), sample },
  });
  return { row, compared: count('compared'), differences, repaired: count('repaired'), samples };

  function report(): void {
    const all = [...positions.values()];
    emit({
      type: 'progress',
      id,
      direction,
      progress: {
        phase: 'verify',
        scanned: all.reduce((sum, one) => sum + one.scanned, 0),
        expected: row.totals && row.totals.changed * 2,
        segments: { done: all.filter(({ done }) => done).length, total: totalSegments * sides.length },
        totals: totalsOf(all, row.totals?.errors ?? 0),
      },
    });
  }
}

/** A verify that began with the same options and did not end is gone on with, unless more was missed since. */
function beginVerify(
  row: LedgerRow,
  options: Omit<VerifyingRecord, 'run' | 'open'>,
  anew: boolean,
): { readonly run: number; readonly resumed: boolean; readonly record: MoveRecord } {
  const record = moveOf(row);
  const { verifying } = record;
  const { direction, sample, repair, checksum, missed } = options;
  const isSame =
    !anew &&
    verifying?.open === true &&
    verifying.direction === direction &&
    verifying.sample === sample &&
    verifying.repair === repair &&
    verifying.checksum === checksum &&
    verifying.missed === missed;
  const run = isSame ? verifying.run : (verifying?.run ?? 0) + 1;
  return { run, resumed: isSame, record: { ...record, verifying: { ...options, run, open: true } } };
}

/** A sample that found nothing says less than a full verify that found nothing. */
function betterOf(before: VerifyRecord | undefined, now: VerifyRecord): VerifyRecord {
  const isWeaker = !now.full && now.clean && before?.full && before.clean && before.checksum === now.checksum;
  return isWeaker ? before : now;
}

function sumOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

function tryWayBack(
  { definition: { down }, mapping }: Move,
  items: readonly RawItem[],
  lossy: { count: number; key: string },
): void {
  if (!down) return;
  for (const item of items.slice(0, lensSample)) {
    if (lensLoss(mapping, down, item) === 'kept') continue;
    lossy.count += 1;
    lossy.key ||= formatKey(keyOf(item, mapping.targetKeys));
  }
}

/**
 * @param before what was open before the comparison: it may have been settled since, and explain a difference still
 * @throws MigrateError `VERIFY_MISMATCH` where the tables differ, and nothing on record says why.
 */
export async function assertVerified(
  { obligations, emit }: LockedMigrator,
  { id }: Pick<Move, 'id'>,
  { differences, samples }: VerifyResult,
  before: ObligationCounts,
): Promise<void> {
  const total = kinds.reduce((sum, kind) => sum + differences[kind], 0);
  if (total === 0) return;
  const { quarantined, contested, misshapen } = await obligations.count(id);
  const openBefore = before.quarantined + before.contested + before.misshapen;
  if (openBefore + quarantined + contested + misshapen === 0) throw mismatch(id, { differences, samples });
  emit({
    type: 'warning',
    message: `${describe(differences)}; \`migrate errors ${id}\` tells why, and the cutover waits for it`,
  });
}

/** What `verify` fails with. */
export function mismatch(
  id: string,
  { differences, samples }: Pick<VerifyResult, 'differences' | 'samples'>,
): MigrateError {
  const [first] = samples;
  const key = first && (first.key ?? first.unit);
  return new MigrateError('VERIFY_MISMATCH', `the tables differ: ${describe(differences)}`, {
    migration: id,
    ...(key && {
      key: `${formatKey(key)} (${first.kind}${first.attributes.length > 0 ? `: ${first.attributes.join(', ')}` : ''})`,
    }),
    fix: `list them with \`migrate verify ${id} --differences differences.jsonl\`, repair them with \`--repair\``,
  });
}

function describe(differences: VerifyResult['differences']): string {
  return kinds
    .filter((kind) => differences[kind] > 0)
    .map((kind) => `${differences[kind]} ${kind}`)
    .join(', ');
}

/**
 * Verifies with repair until a pass finds both tables level.
 *
 * @throws MigrateError `VERIFY_MISMATCH` when no pass does.
 */
export async function verifyUntilClean(
  migrator: LockedMigrator,
  move: Move,
  start: LedgerRow,
  options: Pick<VerifyMoveOptions, 'direction' | 'signal' | 'anew' | 'missed'>,
): Promise<LedgerRow> {
  let row = start;
  for (let pass = 1; ; pass++) {
    const result = await verifyMove(migrator, move, row, { ...options, repair: true });
    row = result.row;
    const left = kinds.reduce((sum, kind) => sum + result.differences[kind], 0);
    if (left === 0 && result.repaired === 0) return row;
    if (pass >= maxPasses && left > 0) throw mismatch(move.id, result);
    if (pass >= maxPasses) return row;
  }
}

/** What is wanted of the target for an item, and, where keys are kept, whether what is there is wanted. */
function subjectsOf(key: RawItem, direction: Direction, mapping: Mapping): Subject[] {
  if (mapping.owner) return [{ side: 'source', unit: key }];
  const [unit, there] =
    direction === 'up' ? [key, sameKeyOf(key, mapping)] : [sameKeyOf(key, reverseMapping(mapping)), key];
  return [
    { side: 'source', unit },
    { side: 'target', key: there, unit },
  ];
}

/**
 * Compares single items while nobody writes.
 *
 * @throws MigrateError `VERIFY_MISMATCH`.
 */
export async function requireEqual(
  migrator: LockedMigrator,
  move: Move,
  { direction, units }: { readonly direction: Direction; readonly units: readonly RawItem[] },
): Promise<void> {
  const { clock, lease } = migrator;
  const { mapping, definition, id } = move;
  const ports = openPorts(migrator, move, { direction, lease, origin: `verify ${lease.token}` });
  const [readSource, readTarget] =
    direction === 'up' ? [ports.readSource, ports.readTarget] : [ports.readTarget, ports.readSource];
  const names = direction === 'up' ? mapping.sourceKeys : mapping.targetKeys;
  const distinct = [...new Map(units.map((unit) => [keyId(unit, names), unit])).values()];
  const verdicts = await recheck(
    distinct.flatMap((unit) => subjectsOf(unit, direction, mapping)),
    {
      mapping,
      leads: direction === 'up' ? 'source' : 'target',
      ...(direction === 'down' && definition.down && { down: definition.down }),
      readSource,
      readTarget,
      recheck: { clock, ...impatience },
    },
  );
  const samples = [...verdicts.values()].flatMap((verdict) => verdict.differences);
  if (samples.length === 0) return;
  const differences = Object.fromEntries(
    kinds.map((kind) => [kind, samples.filter((one) => one.kind === kind).length]),
  ) as VerifyResult['differences'];
  throw mismatch(id, { differences, samples });
}
