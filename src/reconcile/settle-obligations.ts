import { mapChunks } from '../dynamodb/map-chunks.js';
import { throwIfStopped } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { keyId } from '../item/key.js';
import { arbitrate } from './arbitrate.js';
import { intentOf, type Mapping } from './mapping.js';
import type { Intent, Obligation, Obligations, ReadItems, StoredObligation } from './ports.js';
import { type ReconcileOptions, reconcile } from './reconcile.js';

export interface SettleObligationsOptions extends Omit<ReconcileOptions, 'obligations' | 'readSource'> {
  readonly obligations: Obligations;
  readonly readSource: ReadItems;
  readonly readTarget: ReadItems;
  /** Resolves when no request that was under way when it was called can land any more. */
  readonly waitHorizon: () => Promise<void>;
  /** Told of a key that several source items claim, with all of them. */
  readonly onCollision?: (key: RawItem, claimants: readonly RawItem[]) => void;
  /** How many obligations are met at the same moment; contested keys never are. Default: 1. */
  readonly parallel?: number;
  /** Aborted: those under way are finished, and no other is begun. */
  readonly signal?: AbortSignal | undefined;
}

export interface SettleResult {
  /** Obligations that were met and removed. */
  readonly settled: number;
  /** Those that stay, because nothing can be done about them now or because they grew meanwhile. */
  readonly left: readonly StoredObligation[];
}

/**
 * Goes once through what is still to be done: reconciles units again, also quarantined ones, and arbitrates contested
 * keys. Runs under a lease, one at a time for a move: a second arbiter could give one key to two units in turn.
 */
export async function settleObligations(options: SettleObligationsOptions): Promise<SettleResult> {
  const { obligations, waitHorizon, parallel = 1, signal } = options;
  const all = await obligations.list();
  if (all.length === 0) return { settled: 0, left: [] };
  // Rule 4: listed before the wait, every obligation is older than the horizon when it is met, and so is a dead
  // settler's last request.
  await waitHorizon();
  let settled = 0;
  const left: StoredObligation[] = [];
  async function meetOne(stored: StoredObligation): Promise<void> {
    throwIfStopped(signal, 'stopped before the next obligation');
    // Only the generation that was worked on: what was added meanwhile was not looked at.
    if ((await meet(stored.obligation, options)) && (await obligations.remove(stored))) settled += 1;
    else left.push(stored);
  }
  // Calls of reconcile may overlap; two arbiters of one key may not, and a key may have several rows.
  const isAlone = ({ obligation }: StoredObligation) => obligation.kind === 'contested' || parallel === 1;
  const together = all.filter((stored) => !isAlone(stored));
  await mapChunks(together, parallel, meetOne);
  for (const stored of all) if (isAlone(stored)) await meetOne(stored);
  return { settled, left };
}

async function meet(obligation: Obligation, options: SettleObligationsOptions): Promise<boolean> {
  switch (obligation.kind) {
    case 'reconcile':
      return meetUnits(obligation.intents, options);
    case 'quarantined':
      return meetQuarantined(obligation, options);
    case 'contested': {
      const verdict = await arbitrate(obligation, options);
      if (verdict.kind === 'collision') options.onCollision?.(obligation.key, verdict.claimants);
      return verdict.kind === 'decided';
    }
    case 'misshapen':
      return false;
  }
}

/** A unit that is quarantined anew has an obligation of its own, so this one is met. */
async function meetUnits(intents: readonly Intent[], options: SettleObligationsOptions): Promise<boolean> {
  const { again } = await reconcile(intents, options);
  if (again.length > 0) await options.obligations.add([{ kind: 'reconcile', intents: again, inFlight: false }]);
  return true;
}

async function meetQuarantined(
  { intent, error }: Extract<Obligation, { kind: 'quarantined' }>,
  options: SettleObligationsOptions,
): Promise<boolean> {
  const { mapping, obligations, readSource } = options;
  const { unit } = intent;
  const [item] = await readSource([unit]);
  const keys = united(intent.keys, intentOf(unit, item ? [item] : [], mapping).keys, mapping);
  if (keys.length > intent.keys.length) {
    // Rules 2 and 3: keys that are new to S are stored first, and written by the next round only.
    await obligations.add([{ kind: 'quarantined', intent: { unit, keys }, error }]);
    return false;
  }
  const { again, quarantined } = await reconcile([{ unit, keys, guess: { item } }], options);
  if (again.length > 0) await obligations.add([{ kind: 'reconcile', intents: again, inFlight: false }]);
  return quarantined === 0;
}

function united(a: readonly RawItem[], b: readonly RawItem[], { targetKeys }: Mapping): RawItem[] {
  return [...new Map([...a, ...b].map((key) => [keyId(key, targetKeys), key])).values()];
}
