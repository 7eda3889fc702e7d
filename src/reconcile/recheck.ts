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
  readonly repair?: Repair | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Verdict {
  /** The differences that stand, after the repair where there is one. */
  readonly differences: readonly Difference[];
  /** How many of those that were to be repaired are gone. */
  readonly repaired: number;
}

/** What is done about differences that stand. */
export interface Repair {
  /** Those that are to be repaired; what has no target form, or names no unit, is not among those given. */
  select(differences: readonly Difference[]): Promise<readonly Difference[]>;
  /** Reconciles units, in the direction in which the tables are kept in step. */
  reconcile(units: readonly Unit[]): Promise<void>;
}

/**
 * Looks at suspects again and again, until each is decided: it has no difference, or one that stands although the
 * leading item did not change for `patienceMs`. An item that never rests is without difference as soon as the other
 * table has the form of any version of it that was seen here: then it follows. After ten times `patienceMs`
 * without that, it is different. An item without a target form is decided by the first look.
 *
 * Answers the suspects that were decided: all of them, unless `signal` ends the waiting. What is to be repaired is not
 * decided then: nobody could save that it was.
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

  const mayRepair = standing.some(({ differences }) => differences.some(isRepairable));
  if (repair && mayRepair && signal?.aborted) return verdicts;
  const repaired = repair && mayRepair ? await mend(standing, repair, options) : undefined;
  for (const watched of standing) {
    const { subject, differences } = watched;
    verdicts.set(subject, { differences, repaired: repaired?.get(watched) ?? 0 });
  }
  return verdicts;
}

/** Repairs what is selected, and looks at everything again; answers how many selected differences of each are gone. */
async function mend(
  standing: readonly Watched[],
  repair: Repair,
  options: RecheckOptions,
): Promise<ReadonlyMap<Watched, number>> {
  const found = standing.flatMap(({ differences }) => differences.filter(isRepairable));
  const selected = new Set(await repair.select(found));
  const before = standing.map(({ differences }) => differences.filter((one) => selected.has(one)));
  if (selected.size > 0) await repair.reconcile(unitsOf([...selected], options));
  // At all of them: others reconcile meanwhile, and what they brought level is no difference any more.
  await look(standing, options);
  return new Map(
    standing.map((watched, index) => {
      const gone = before[index]?.filter(({ key }) => !watched.differences.some((left) => isAt(left, key, options)));
      return [watched, gone?.length ?? 0];
    }),
  );
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

type Repairable = Difference & { readonly unit: RawItem; readonly key: RawItem };

function isRepairable(difference: Difference): difference is Repairable {
  return difference.kind !== 'failed' && difference.unit !== undefined && difference.key !== undefined;
}

function isAt(difference: Difference, key: RawItem | undefined, { mapping: { targetKeys } }: RecheckOptions): boolean {
  return (
    key !== undefined && difference.key !== undefined && keyId(difference.key, targetKeys) === keyId(key, targetKeys)
  );
}

/** The units of differences, each with its keys, in the direction in which the tables are kept in step. */
function unitsOf(differences: readonly Difference[], { mapping, leads = 'source' }: RecheckOptions): Unit[] {
  const units = new Map<string, { readonly unit: RawItem; readonly keys: RawItem[] }>();
  for (const { unit, key } of differences.filter(isRepairable)) {
    const id = keyId(unit, mapping.sourceKeys);
    const known = units.get(id);
    if (known) known.keys.push(key);
    else units.set(id, { unit, keys: [key] });
  }
  if (leads === 'source') return [...units.values()];
  // A move that changes keys has no reverse, and throws here.
  const reversed = reverseMapping(mapping);
  return [...units.values()].map(({ unit }) => intentOf(sameKeyOf(unit, mapping), [], reversed));
}
