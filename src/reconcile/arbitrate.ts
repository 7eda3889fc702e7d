import { isMigrateError, MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { keyId } from '../item/key.js';
import { type Mapping, targetItemsOf } from './mapping.js';
import type { Obligations, ReadItems, WriteTarget } from './ports.js';

export interface ArbitrateOptions {
  readonly mapping: Mapping;
  readonly readSource: ReadItems;
  readonly readTarget: ReadItems;
  readonly writeTarget: WriteTarget;
  readonly obligations: Pick<Obligations, 'add'>;
  readonly waitHorizon: () => Promise<void>;
  /** Default 10. */
  readonly maxAttempts?: number;
}

export type Verdict =
  /** At most one unit claims the key, and the target has what that one wants there. */
  | { readonly kind: 'decided' }
  /** Several source items claim the key at once; only a person can say which is right. */
  | { readonly kind: 'collision'; readonly claimants: readonly RawItem[] }
  /**
   * A claimant has no target form, the owner of the item is unknown, all changed under every attempt, or the owner
   * has just become a claimant: the next round decides.
   */
  | { readonly kind: 'undecided' };

/**
 * Decides who has a target key that units claim while another one owns it: reads them all, makes the target what
 * the only one that still claims it wants, and reads them all again. The one place that takes a key from its
 * owner, and only from one that was just seen not to want it; it must not run twice at a time.
 */
export async function arbitrate(
  contested: { readonly key: RawItem; readonly claimants: readonly RawItem[] },
  options: ArbitrateOptions,
): Promise<Verdict> {
  const { mapping, readTarget, writeTarget, obligations, waitHorizon, maxAttempts = 10 } = options;
  const { key } = contested;
  const { owner } = mapping;
  const same = (a: RawItem, b: RawItem) => keyId(a, mapping.sourceKeys) === keyId(b, mapping.sourceKeys);
  if (!owner) throw new MigrateError('INTERNAL', 'a move that keeps keys has no contested keys');

  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const [there] = await readTarget([key]);
    const holder = there && owner.unitOf(there);
    if (there && !holder) return { kind: 'undecided' };
    const asked = distinct(holder ? [...contested.claimants, holder] : contested.claimants, mapping);
    const claims = await readClaims(key, asked, options);
    if (claims === 'unknown') return { kind: 'undecided' };
    const [winner, second] = claims;
    const staysHolders =
      winner !== undefined && second === undefined && holder !== undefined && same(winner.unit, holder);
    if (holder && !staysHolders && !contested.claimants.some((unit) => same(unit, holder))) {
      // Rule 2, for the arbiter: before a key is taken from its owner, the obligation names it. Were it only asked, it
      // could want the key again while the write is under way, have it taken, and be known to nobody.
      await obligations.add([{ kind: 'contested', key, claimants: [holder] }]);
      return { kind: 'undecided' };
    }
    if (second) return { kind: 'collision', claimants: claims.map(({ unit }) => unit) };
    // Only over the owner that was asked: one that came since has to be asked as well.
    const from = holder ?? winner?.unit;
    if (from) {
      const [outcome] = await writeTarget([{ key, item: winner?.item, owner: owner.markOf(from) }]);
      if (isMigrateError(outcome?.result)) return { kind: 'undecided' };
      // Rule 4: a copy of this write may land later, and the obligation has to outlive it.
      if (outcome?.late) await waitHorizon();
      if (outcome?.result !== 'written' || outcome.late) continue;
    }
    const now = await readClaims(key, asked, options);
    if (now !== 'unknown' && sameClaims(claims, now)) return { kind: 'decided' };
  }
  return { kind: 'undecided' };
}

interface Claim {
  readonly unit: RawItem;
  readonly item: RawItem;
}

/** The units that want the key now, with the item that each wants there; `unknown` where one has no target form. */
async function readClaims(
  key: RawItem,
  units: readonly RawItem[],
  { mapping, readSource }: ArbitrateOptions,
): Promise<readonly Claim[] | 'unknown'> {
  const id = keyId(key, mapping.targetKeys);
  const read = await readSource(units);
  const items = new Map(read.map((item) => [keyId(item, mapping.sourceKeys), item]));
  try {
    return units.flatMap((unit) => {
      const source = items.get(keyId(unit, mapping.sourceKeys));
      const claimed = targetItemsOf(unit, source, mapping).find((wanted) => wanted.id === id);
      return claimed ? [{ unit, item: claimed.item }] : [];
    });
  } catch (error) {
    if (isMigrateError(error)) return 'unknown';
    throw error;
  }
}

/** The claims of the same units, asked in the same order. */
function sameClaims(a: readonly Claim[], b: readonly Claim[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ unit, item }, index) => {
      const other = b[index];
      return other !== undefined && equalItems(unit, other.unit) && equalItems(item, other.item);
    })
  );
}

function distinct(units: readonly RawItem[], { sourceKeys }: Mapping): RawItem[] {
  return [...new Map(units.map((unit) => [keyId(unit, sourceKeys), unit])).values()];
}
