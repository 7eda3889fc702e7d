import { MigrateError } from '../errors.js';
import type { AnyItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { keyId } from '../item/key.js';
import { equalTargetItems, finder, keepsNames, type Mapping, type TargetItems, targetItemsOf } from './mapping.js';
import type { Intent, Obligation, Obligations, ReadItems, Unit, WriteTarget } from './ports.js';
import { inWaves, type PlannedWrite } from './waves.js';

export interface ReconcileOptions {
  readonly mapping: Mapping;
  readonly readSource: ReadItems<AnyItem>;
  readonly writeTarget: WriteTarget;
  readonly obligations: Pick<Obligations, 'add'>;
  /** How often a unit is written before it is given back as changing too fast. Default 10. */
  readonly maxAttempts?: number;
  /** Called before attempt 2, 3, … of what is still open. Default: no pause. */
  readonly pause?: (attempt: number) => Promise<void>;
}

export interface ReconcileResult {
  /**
   * Units that have to be reconciled once more, after the horizon: a write of theirs may still land, or they
   * changed under every attempt. The caller makes this durable before it forgets them.
   */
  readonly again: readonly Intent[];
  /** Units that were quarantined: their source item has no target form, or DynamoDB refuses it. */
  readonly quarantined: number;
  /** Claims to keys that another unit owns, left to the arbiter. */
  readonly contested: number;
}

/**
 * Makes the target, on the keys of each unit, what the transform makes of the source: writes it, then reads the
 * source to see that it was still so after every write was acknowledged. Guesses may be stale, and calls may overlap.
 *
 * Rule 7, only reconcile writes the target before cutover: backfill, live sync, repair and settling are this
 * function, and the arbiter, which works the same way on one key. Each write is followed by a look that its writer
 * answers for; a write without one could be the last to land, and wrong.
 *
 * An infrastructure error rejects, with any number of writes made: then the stored intents, or the redelivered
 * records, reconcile the same units again.
 */
export async function reconcile(units: readonly Unit[], options: ReconcileOptions): Promise<ReconcileResult> {
  const { mapping, writeTarget, obligations, maxAttempts = 10, pause } = options;
  const again = new Map<string, Intent>();
  let quarantined = 0;
  let contested = 0;

  async function add(list: readonly Obligation[]): Promise<void> {
    if (list.length > 0) await obligations.add(list);
  }

  /**
   * Rule 6, poison is parked: a unit leaves the batch only when its obligation is durable. The others go on, and
   * nobody cuts over while the obligation is there.
   */
  async function quarantine(failures: readonly Failure[]): Promise<void> {
    quarantined += failures.length;
    await add(failures.map(({ intent, error }) => ({ kind: 'quarantined', intent, error })));
  }

  /** Writes what each call wants; answers the calls that go on. Resolves when every write was acknowledged. */
  async function write(calls: readonly SeenCall[]): Promise<readonly SeenCall[]> {
    const failures = new Map<SeenCall, Failure>();
    const claims: Obligation[] = [];
    for (const wave of inWaves(writesOf(calls, mapping))) {
      const outcomes = await writeTarget(wave);
      wave.forEach(({ unit: call, key, item }, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) throw new MigrateError('INTERNAL', '`writeTarget` answered too few outcomes');
        const { intent } = call;
        // Rule 4, the horizon: a copy of this write may land after the validating read, and after every other write.
        if (outcome.late) again.set(call.id, intent);
        if (outcome.result === 'not owner') {
          // Never steal. What is not ours we need not delete; what we want of another's, the arbiter decides.
          if (item) claims.push({ kind: 'contested', key, claimants: [intent.unit] });
        } else if (outcome.result !== 'written') {
          failures.set(call, { intent, error: outcome.result });
        }
      });
    }
    contested += claims.length;
    await add(claims);
    await quarantine([...failures.values()]);
    return failures.size === 0 ? calls : calls.filter((call) => !failures.has(call));
  }

  /** Reads the sources of calls; answers those that want something else now, or wanted nothing known before. */
  async function look(calls: readonly Call[]): Promise<readonly SeenCall[]> {
    if (calls.length === 0) return [];
    const read = await options.readSource(calls.map((call) => call.intent.unit));
    const items = new Map<string, AnyItem>();
    for (const item of read) items.set(keyId(item, mapping.sourceKeys), item);
    const failures: Failure[] = [];
    const changed: SeenCall[] = [];
    for (const call of calls) {
      const item = items.get(call.id);
      if (isSeen(call) && sameItem(call.item, item)) continue;
      try {
        const next = see(call, item, mapping);
        if (!isSeen(call) || !equalTargetItems(call.wanted, next.wanted)) changed.push(next);
      } catch (error) {
        failures.push({ intent: call.intent, error: error as MigrateError });
      }
    }
    await quarantine(failures);
    return changed;
  }

  const { seen, unseen } = begin(units, mapping);
  let open: readonly SeenCall[] = [...seen, ...(await look(unseen))];
  for (let attempt = 1; open.length > 0; attempt++) {
    open = await look(await write(open));
    if (attempt >= maxAttempts) break;
    if (open.length > 0) await pause?.(attempt);
  }
  for (const { id, intent } of open) again.set(id, intent);
  return { again: [...again.values()], quarantined, contested };
}

/** One unit under way. */
interface Call {
  readonly id: string;
  /**
   * Rule 3, a fixed S: the keys that the caller stored, or that a record brings again, and no other until the call
   * ends. A key that only a later version of the item has is in that version's record. Were it written here, and the
   * process died, nobody would know that it has to be looked at again.
   */
  readonly intent: Intent;
  /** The ids of its keys. */
  readonly keyIds: readonly string[];
}

interface SeenCall extends Call {
  /** The source item that the call works from. */
  readonly item: AnyItem | undefined;
  /** What it wants of the target for that, restricted to its keys. */
  readonly wanted: TargetItems<AnyItem>;
}

interface Failure {
  readonly intent: Intent;
  readonly error: MigrateError;
}

function begin(units: readonly Unit[], mapping: Mapping): { seen: SeenCall[]; unseen: Call[] } {
  const seen: SeenCall[] = [];
  const unseen: Call[] = [];
  const isOneName = keepsNames(mapping);
  for (const { unit, keys, guess } of units) {
    const id = keyId(unit, mapping.sourceKeys);
    const isOwnKey = isOneName && keys.length === 1 && keys[0] === unit;
    const keyIds = isOwnKey ? [id] : keys.map((key) => keyId(key, mapping.targetKeys));
    const call: Call = { id, intent: { unit, keys }, keyIds };
    try {
      if (guess) seen.push(see(call, guess.item, mapping));
      else unseen.push(call);
    } catch {
      // An old image that has no target form says nothing about the item as it is now.
      unseen.push(call);
    }
  }
  return { seen, unseen };
}

function isSeen(call: Call): call is SeenCall {
  return 'wanted' in call;
}

/** @throws MigrateError where the item has no target form. */
function see({ id, intent, keyIds }: Call, item: AnyItem | undefined, mapping: Mapping): SeenCall {
  const all = targetItemsOf(intent.unit, item, mapping);
  return { id, intent, keyIds, item, wanted: restricted(all, keyIds) };
}

function restricted(items: TargetItems<AnyItem>, keyIds: readonly string[]): TargetItems<AnyItem> {
  if (keyIds.length === 1 && items.length === 1 && items[0]?.id === keyIds[0]) return items;
  const inKeys = new Set(keyIds);
  return items.filter(({ id }) => inKeys.has(id));
}

/** Every key of S is written in every attempt, also where nothing seems to differ: the write is what orders us last. */
function writesOf(calls: readonly SeenCall[], { owner }: Mapping): PlannedWrite<SeenCall>[] {
  const writes: PlannedWrite<SeenCall>[] = [];
  for (const call of calls) {
    const { unit, keys } = call.intent;
    const mark = owner?.markOf(unit);
    const wantedAt = finder(call.wanted);
    keys.forEach((key, index) => {
      const id = call.keyIds[index] as string;
      writes.push({ unit: call, id, key, item: wantedAt(id)?.item, owner: mark });
    });
  }
  return writes;
}

/** An item that did not change wants what it wanted: the transform is pure, so it need not be applied again. */
function sameItem(a: AnyItem | undefined, b: AnyItem | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalItems(a, b));
}
