import { type Clock, isoNow, systemClock } from './clock.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';

/** What a deployed sync function says of itself, once a minute. */
export interface LambdaWatch {
  /** The event source mapping that feeds the function. */
  readonly mapping: string;
  /** `Enabled`, or what else Lambda says of the mapping. */
  readonly state: string;
  readonly streamArn: string;
  /** Of the migration that is inside the function. */
  readonly checksum: string;
  readonly functionName: string;
  readonly toolVersion: string;
  /** Of the role of the reverse sync, which the cutover has to let in. */
  readonly reverseRoleId?: string | undefined;
}

/** A stored watch. Its times are by the clocks of Lambda. */
export interface StoredLambdaWatch extends LambdaWatch {
  /** ISO time, and the same in milliseconds since 1970. */
  readonly at: string;
  readonly wallAt: number;
  /** Since then (milliseconds since 1970) the mapping was never seen off for so long that records could expire. */
  readonly since: number;
}

export interface LambdaWatches {
  save(id: string, direction: Direction, watch: LambdaWatch): Promise<void>;
  get(id: string, direction: Direction): Promise<StoredLambdaWatch | undefined>;
}

/** One hour less than the 24 for which DynamoDB keeps records. */
const keptMs = 23 * 3_600_000;
/** The function writes every minute; clocks of two machines differ. */
const freshMs = 5 * 60_000;

/** Opens what deployed functions say of themselves: a row per move and direction, beside that of the live sync. */
export function openLambdaWatches({
  table,
  clock = systemClock,
}: {
  readonly table: MetaTable;
  readonly clock?: Clock;
}): LambdaWatches {
  async function get(id: string, direction: Direction): Promise<StoredLambdaWatch | undefined> {
    const row = await table.get(keyOf(id, direction));
    return row && watchOf(row);
  }

  return {
    get,

    async save(id, direction, watch) {
      const key = keyOf(id, direction);
      // Two functions of one name may both write; the one that is refused writes again a minute later.
      const before = await get(id, direction);
      const now = clock.wall();
      const goesOn =
        before !== undefined &&
        before.mapping === watch.mapping &&
        before.streamArn === watch.streamArn &&
        now - before.wallAt < keptMs;
      // A mapping that is off is not seen: what it missed shows when it is on again, too late or in time.
      if (goesOn && watch.state !== 'Enabled') {
        await table.update(
          key,
          { set: { state: watch.state } },
          { kind: 'equals', attributes: { wallAt: before.wallAt } },
        );
        return;
      }
      const since = goesOn ? before.since : now;
      const row = { ...key, ...watch, at: isoNow(clock), wallAt: now, since };
      await table.put(row, before ? { kind: 'equals', attributes: { wallAt: before.wallAt } } : { kind: 'absent' });
    },
  };
}

/** Whether a function is there that follows this very stream, and has just said so. */
export function isWatching(
  watch: StoredLambdaWatch | undefined,
  { streamArn, now }: { readonly streamArn: string | undefined; readonly now: number },
): watch is StoredLambdaWatch {
  return watch?.state === 'Enabled' && watch.streamArn === streamArn && Math.abs(now - watch.wallAt) <= freshMs;
}

/**
 * Whether the function has handled whatever was written to the stream since `from`, or recorded that it could not. Its
 * mapping began at the oldest record, a day before it was seen first.
 */
export function vouchesSince(watch: StoredLambdaWatch, from: number): boolean {
  return watch.since - keptMs <= from;
}

function keyOf(id: string, direction: Direction): { pk: string; sk: string } {
  return { pk: `sync#${id}`, sk: `lambda#${direction}` };
}

function watchOf({ pk: _pk, sk: _sk, ...watch }: Row): StoredLambdaWatch {
  return watch as unknown as StoredLambdaWatch;
}
