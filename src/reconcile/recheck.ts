import type { RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { keyId } from '../item/key.js';
import { type CompareOptions, type Difference, differencesOf, type ItemsById, type Subject } from './difference.js';
import { reverseMapping } from './lens.js';
import { intentOf, type Mapping, sameKeyOf } from './mapping.js';
import type { ReadItems, Unit } from './ports.js';
import { readById } from './read-by-id.js';

/** When a difference counts. */
export interface Patience {
  readonly clock: RecheckClock;
  /** How long the leading item has to stand still, and the difference to stay, in milliseconds. */
  readonly patienceMs: number;
  /** Between two looks, in milliseconds. */
  readonly everyMs: number;
}

/** Time as a recheck needs it; the ledger's clock is one. */
export interface RecheckClock {
  /** Milliseconds since any fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}

export interface RecheckOptions extends CompareOptions {
  /** The table that applications write: the source until the cutover (default), then the target. */
  readonly leads?: 'source' | 'target' | undefined;
  readonly readSource: ReadItems;
  readonly readTarget: ReadItems;
  readonly recheck: Patience;
  /** Reconciles units, in the direction in which the tables are kept in step; answers those that it took. */
  readonly repair?: ((units: readonly Unit[]) => Promise<readonly Unit[]>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Verdict {
  /** The differences that stand, after the repair where there is one. */
  readonly differences: readonly Difference[];
  /** How many stood before the repair, and were gone after it. */
  readonly repaired: number;
}

/**
 * Looks at suspects again and again, until each is decided: it has no difference, or one that stands although the
 * leading item did not change for `patienceMs`. An item that never rests is without difference as soon as the other
 * table has the form of any version of it that was seen here: then it follows. After ten times `patienceMs`
 * without that, it is different. An item without a target form is decided by the first look.
 *
 * Answers the suspects that were decided: all of them, unless `signal` ends the waiting.
 */
export async function recheck(
  suspects: readonly Subject[],
  options: RecheckOptions,
): Promise<ReadonlyMap<Subject, Verdict>> {
  const { recheck, repair, signal } = options;
  const { clock, patienceMs, everyMs } = recheck;
  const verdicts = new Map<Subject, Verdict>();
  const standing: Watched[] = [];
  const started = clock.monotonic();
  let open: Watched[] = suspects.map((subject) => ({ subject, versions: [], since: started, differences: [] }));
  while (open.length > 0) {
    const begun = clock.monotonic();
    await look(open, options);
    const undecided: Watched[] = [];
    for (const watched of open) {
      const { subject, differences, since } = watched;
      // The leading item is as it was when it was last seen to change, and that was before this look.
      const rested = begun - since >= patienceMs;
      if (differences.length === 0) verdicts.set(subject, { differences, repaired: 0 });
      else if (rested || begun - started >= 10 * patienceMs || hasNoForm(differences)) standing.push(watched);
      else undecided.push(watched);
    }
    open = undecided;
    if (open.length > 0) {
      if (signal?.aborted) break;
      await clock.sleep(everyMs, { signal });
    }
  }

  const before = new Map(standing.map((watched) => [watched.subject, watched.differences.length]));
  const concerned = repair ? unitsToRepair(standing, options) : new Map<Unit, readonly Watched[]>();
  if (repair && concerned.size > 0) {
    const taken = await repair([...concerned.keys()]);
    const again = new Set(taken.flatMap((unit) => concerned.get(unit) ?? []));
    await look([...again], options);
  }
  for (const { subject, differences } of standing) {
    const repaired = Math.max(0, (before.get(subject) ?? 0) - differences.length);
    verdicts.set(subject, { differences, repaired });
  }
  return verdicts;
}

/** A suspect under way. */
interface Watched {
  readonly subject: Subject;
  /** What was seen of the leading side, each once; the last is the newest. */
  readonly versions: Version[];
  /** When the leading side was last seen to change. */
  since: number;
  /** What the last look found. */
  differences: readonly Difference[];
}

/** The leading item, by the id of its key; empty where it is absent. */
type Version = ItemsById;

/**
 * Reads the leading table, the other one, and the leading table again: an item that the two agree about was like that
 * while the other one was read.
 */
async function look(open: readonly Watched[], options: RecheckOptions): Promise<void> {
  const { leads = 'source', recheck } = options;
  async function lead(): Promise<void> {
    const versions = leads === 'source' ? await readSources(open, options) : await readTargets(open, options);
    for (const [index, watched] of open.entries()) {
      const version = versions[index] ?? none;
      const last = watched.versions.at(-1);
      if (last && sameVersion(last, version)) continue;
      watched.versions.push(version);
      watched.since = recheck.clock.monotonic();
    }
  }
  await lead();
  const others = leads === 'source' ? await readTargets(open, options) : await readSources(open, options);
  await lead();
  for (const [index, watched] of open.entries()) {
    const other = others[index] ?? none;
    const found = watched.versions.map((version) =>
      leads === 'source'
        ? differencesOf(watched.subject, version, other, options)
        : differencesOf(watched.subject, other, version, options),
    );
    watched.differences = found.find((differences) => differences.length === 0) ?? found.at(-1) ?? [];
  }
}

const none: Version = new Map();

/** The source items, of each suspect its own. */
async function readSources(open: readonly Watched[], { mapping, readSource }: RecheckOptions): Promise<Version[]> {
  const keys = open.map(({ subject: { unit } }) => (unit ? [unit] : []));
  const items = await readById(readSource, keys.flat(), mapping.sourceKeys);
  return keys.map((own) => only(items, own, mapping.sourceKeys));
}

/** The target items at the keys that any version of the source item wants, or at the one that is asked about. */
async function readTargets(open: readonly Watched[], { mapping, readTarget }: RecheckOptions): Promise<Version[]> {
  const keys = open.map(({ subject, versions }) =>
    subject.side === 'target'
      ? [subject.key]
      : intentOf(
          subject.unit,
          versions.flatMap((version) => [...version.values()]),
          mapping,
        ).keys,
  );
  const items = await readById(readTarget, keys.flat(), mapping.targetKeys);
  return keys.map((own) => only(items, own, mapping.targetKeys));
}

function only(items: ItemsById, keys: readonly RawItem[], names: Mapping['sourceKeys']): Version {
  return new Map(
    keys.flatMap((key) => {
      const id = keyId(key, names);
      const item = items.get(id);
      return item ? [[id, item] as const] : [];
    }),
  );
}

function sameVersion(a: Version, b: Version): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([id, item]) => {
    const other = b.get(id);
    return other !== undefined && equalItems(item, other);
  });
}

function hasNoForm(differences: readonly Difference[]): boolean {
  return differences.every(({ kind }) => kind === 'failed');
}

/** The units of the differences, each with their keys. What has no target form, or names no unit, cannot be reconciled. */
function unitsToRepair(
  standing: readonly Watched[],
  { mapping, leads = 'source' }: RecheckOptions,
): Map<Unit, readonly Watched[]> {
  const units = new Map<string, { readonly unit: RawItem; readonly keys: RawItem[]; readonly of: Watched[] }>();
  for (const watched of standing) {
    for (const { kind, unit, key } of watched.differences) {
      if (kind === 'failed' || unit === undefined || key === undefined) continue;
      const id = keyId(unit, mapping.sourceKeys);
      const known = units.get(id) ?? { unit, keys: [], of: [] };
      units.set(id, known);
      known.keys.push(key);
      known.of.push(watched);
    }
  }
  const all = [...units.values()];
  if (leads === 'source') return new Map(all.map(({ unit, keys, of }) => [{ unit, keys }, of]));
  // A move that changes keys has no reverse, and throws here.
  const reversed = reverseMapping(mapping);
  return new Map(all.map(({ unit, of }) => [intentOf(sameKeyOf(unit, mapping), [], reversed), of]));
}
