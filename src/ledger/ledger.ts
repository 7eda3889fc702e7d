import { type Clock, isoNow, systemClock } from './clock.js';
import { type Fence, putFenced, updateFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';
import type { LedgerRow } from './rows.js';
import { shortMessage } from './short-message.js';

/** What a run is begun with. */
export type BeginInput = Pick<
  LedgerRow,
  'id' | 'kind' | 'description' | 'checksum' | 'direction' | 'tables' | 'by' | 'toolVersion' | 'phase' | 'totalSegments'
>;

/** What may change while a run goes on; `undefined` removes an optional attribute. */
export type LedgerChanges = Partial<
  Pick<
    LedgerRow,
    | 'state'
    | 'phase'
    | 'error'
    | 'totals'
    | 'move'
    | 'totalSegments'
    | 'checksum'
    | 'description'
    | 'tables'
    | 'by'
    | 'toolVersion'
    | 'finishedAt'
  >
>;

export interface Ledger {
  /** Every row: applied ones in their order, then the others by id. Empty when the meta table is missing. */
  list(): Promise<LedgerRow[]>;
  get(id: string): Promise<LedgerRow | undefined>;
  /**
   * The same as `list`, at the start of a run: claims every row that is neither applied nor a baseline, so that a
   * former holder of the lock that still lives cannot write them any more. Decide on what this answers.
   */
  claimUnfinished(lease: Fence): Promise<LedgerRow[]>;
  /** A fresh start: a new `run`, state `running` or, downwards, `reverting`. Nothing of an earlier run stays. */
  begin(lease: Fence, input: BeginInput): Promise<LedgerRow>;
  update(lease: Fence, id: string, changes: LedgerChanges): Promise<LedgerRow>;
  /** Records a begun migration as applied, after all others that are. */
  finish(lease: Fence, id: string, changes?: Pick<LedgerChanges, 'totals'>): Promise<LedgerRow>;
  /** Records a migration as applied without having run it. */
  baseline(lease: Fence, input: BeginInput): Promise<LedgerRow>;
  /** Makes a migration pending again, after its `down`. */
  remove(lease: Fence, id: string): Promise<void>;
}

export interface LedgerOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
}

const PK = 'ledger';
/**
 * A removed row stays as a tombstone: with it would go its fencing token, and a former holder of the lock could begin
 * the migration once more.
 */
const REMOVED = 'removed';

/** Opens the ledger. */
export function openLedger({ table, clock = systemClock }: LedgerOptions): Ledger {
  async function* all(): AsyncIterable<LedgerRow> {
    for await (const row of table.query(PK)) {
      const known = decode(row);
      if (known) yield known;
    }
  }

  async function list(): Promise<LedgerRow[]> {
    const rows: LedgerRow[] = [];
    for await (const row of all()) rows.push(row);
    return rows.sort(byOrder);
  }

  async function update(lease: Fence, id: string, changes: Partial<LedgerRow>): Promise<LedgerRow> {
    const { error } = changes;
    const set = error ? { ...changes, error: { ...error, message: shortMessage(error.message) } } : changes;
    return rowOf(await updateFenced(table, lease, keyOf(id), set));
  }

  /** The row as it was, tombstone or not, after which no former holder can write it. */
  async function claim(lease: Fence, id: string): Promise<Row | undefined> {
    const found = await table.get(keyOf(id));
    return found && (await updateFenced(table, lease, keyOf(id), {}));
  }

  async function nextOrder(): Promise<number> {
    let highest = 0;
    for await (const { order = 0 } of all()) highest = Math.max(highest, order);
    return highest + 1;
  }

  async function fresh(lease: Fence, input: BeginInput, previous: Row | undefined): Promise<Omit<LedgerRow, 'state'>> {
    const lastRun = typeof previous?.run === 'number' ? previous.run : 0;
    // Normally the token. One lease may begin a migration twice, and old checkpoints must not match the new run.
    const run = Math.max(lease.token, lastRun + 1);
    return { ...input, run, startedAt: isoNow(clock), token: lease.token };
  }

  async function store(lease: Fence, row: LedgerRow): Promise<LedgerRow> {
    await putFenced(table, lease, { ...keyOf(row.id), ...row });
    return row;
  }

  return {
    list,
    update,

    async get(id) {
      const row = await table.get(keyOf(id));
      return row && decode(row);
    },

    async claimUnfinished(lease) {
      const rows: LedgerRow[] = [];
      for (const row of await list()) {
        const isFinished = row.state === 'applied' || row.state === 'baseline';
        rows.push(isFinished ? row : rowOf(await updateFenced(table, lease, keyOf(row.id), {})));
      }
      // A former holder may have finished one of them just before it was claimed.
      return rows.sort(byOrder);
    },

    async begin(lease, input) {
      const previous = await claim(lease, input.id);
      const row = await fresh(lease, input, previous);
      if (input.direction === 'up') return store(lease, { ...row, state: 'running' });
      // On its way down a migration keeps its place among the applied ones, and a move its tables.
      const { order, appliedAt, move } = (previous && decode(previous)) ?? {};
      return store(lease, { ...row, state: 'reverting', order, appliedAt, move });
    },

    async finish(lease, id, changes = {}) {
      const at = isoNow(clock);
      const order = await nextOrder();
      const done = { state: 'applied', order, appliedAt: at, finishedAt: at, error: undefined } as const;
      return update(lease, id, { ...changes, ...done });
    },

    async baseline(lease, input) {
      const row = await fresh(lease, input, await claim(lease, input.id));
      const at = row.startedAt;
      return store(lease, { ...row, state: 'baseline', order: await nextOrder(), appliedAt: at, finishedAt: at });
    },

    async remove(lease, id) {
      const emptied = { order: undefined, phase: undefined, error: undefined, totals: undefined, move: undefined };
      const removed = { ...emptied, appliedAt: undefined, state: REMOVED, finishedAt: isoNow(clock) };
      await updateFenced(table, lease, keyOf(id), removed);
    },
  };
}

function keyOf(id: string): { pk: string; sk: string } {
  return { pk: PK, sk: `migration#${id}` };
}

function decode(row: Row): LedgerRow | undefined {
  return row.state === REMOVED ? undefined : rowOf(row);
}

function rowOf({ pk: _pk, sk: _sk, write: _write, ...row }: Row): LedgerRow {
  return row as unknown as LedgerRow;
}

function byOrder(a: LedgerRow, b: LedgerRow): number {
  const { order: orderA = Number.MAX_SAFE_INTEGER } = a;
  const { order: orderB = Number.MAX_SAFE_INTEGER } = b;
  return orderA - orderB || (a.id < b.id ? -1 : 1);
}
