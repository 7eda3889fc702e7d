import { backfillStateOf } from '../backfill/backfill-state.js';
import { workSegment } from '../backfill/work-segment.js';
import type { MoveMigration } from '../definition/define-move.js';
import { type Budgets, openBudgets } from '../dynamodb/budget/budgets.js';
import type { Limit } from '../dynamodb/budget/limit.js';
import { createClient } from '../dynamodb/client.js';
import { describeTable, keyNamesOf } from '../dynamodb/describe-table.js';
import { isMigrateError, MigrateError } from '../errors.js';
import type { CheckpointBinding } from '../ledger/checkpoints.js';
import { type Clock, systemClock } from '../ledger/clock.js';
import { type Control, openControls } from '../ledger/control.js';
import { openIntents } from '../ledger/intents.js';
import type { Lease } from '../ledger/lease.js';
import { openLedger } from '../ledger/ledger.js';
import { openMetaTable } from '../ledger/meta-table.js';
import { openObligations } from '../ledger/obligations.js';
import { watchSegments } from '../ledger/segment-watch.js';
import { openSegments, type SegmentState } from '../ledger/segments.js';
import { moveMapping } from '../reconcile/move-mapping.js';
import { openTablePorts } from '../reconcile/move-ports.js';
import type { WorkerBudget } from './function-environment.js';
import { workersAtOnce } from './state-machine.js';

export interface BackfillHandlerOptions {
  /** The migration's id: its file name without extension. */
  readonly id: string;
  /** What the migration file exports. */
  readonly migration: MoveMigration;
  /** Real names. */
  readonly source: string;
  readonly target: string;
  /** Default: `dynamigrate`. */
  readonly metaTable?: string;
  /** The migration's checksum when this was bundled; a run of another version is refused. Default: not checked. */
  readonly checksum?: string;
  /** How long a segment outlives the last sign of life of its worker, in seconds. Default: 30. */
  readonly leaseSeconds?: number;
  /** What all workers together may use of each table; `migrate throttle` replaces it. Default: no limit. */
  readonly budget?: WorkerBudget;
  /** How many of them run at once at most: each uses this part of the budget. Default: 100, as the state machine has. */
  readonly workers?: number;
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly clock?: Clock;
  /** Told why a throttle is not heeded, say. Nothing ends by it. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** One work item of the state machine. */
export interface BackfillEvent {
  readonly id: string;
  readonly run: number;
  readonly segment: number;
}

/** What of the Lambda context is used. */
export interface WorkerContext {
  readonly awsRequestId?: string;
  /** Where it is missing, the function works to the end of its segment. */
  readonly getRemainingTimeInMillis?: () => number;
}

export interface BackfillResult {
  /** Nothing is left to do for this work item; else it has to be sent again. */
  readonly done: boolean;
  /** Again, but not at once: somebody else works on the segment, or the migration is paused. */
  readonly wait: boolean;
}

interface OpenWork {
  readonly binding: CheckpointBinding;
  readonly throttle: Control['throttle'];
}

/** For the page under way to be finished and saved; of a time that is short, a quarter. */
const marginMs = 20_000;
const lookMs = 1_000;
/** A read of one and the same row for each worker: at 1,000 of them 500 units a second, of 3,000 that a row can give. */
const watchMs = 2_000;
/** A request is given up well before its lease can end. */
const requestTimeoutMs = 10_000;

const finished: BackfillResult = { done: true, wait: false };
const again: BackfillResult = { done: false, wait: false };
const later: BackfillResult = { done: false, wait: true };

/**
 * A worker of a move's backfill as a Lambda handler, for the state machine of {@link backfillStateMachine}: takes the
 * segment of its event under a lease, copies page after page until its time is nearly up, saves, and answers whether
 * the segment is done. It may be killed at any moment, and be called twice for the same segment.
 *
 * @example
 * import migration from './migrations/002-rename-and-add-preference-attr.js';
 * export const handler = createBackfillHandler({
 *   id: '002-rename-and-add-preference-attr',
 *   migration,
 *   source: 'USER_PREFERENCES',
 *   target: 'USER_PREFERENCESV2',
 * });
 */
export function createBackfillHandler(
  options: BackfillHandlerOptions,
): (event: BackfillEvent, context?: WorkerContext) => Promise<BackfillResult> {
  const { id, metaTable = 'dynamigrate', leaseSeconds = 30, clock = systemClock } = options;
  const { budget = {}, workers = workersAtOnce, onError } = options;
  const { region, endpoint, credentials } = options;
  const connection = { region, endpoint, credentials };
  const leaseMs = leaseSeconds * 1_000;
  const client = createClient(connection);
  const table = openMetaTable({ client, tableName: metaTable });
  const ledger = openLedger({ table });
  const segments = openSegments({ table, clock });
  const intents = openIntents({ table });
  const controls = openControls({ table, clock });
  const obligations = openObligations({ table });
  let tables: ReturnType<typeof describeTables> | undefined;

  async function describeTables() {
    const { source, target } = options;
    const [from, to] = await Promise.all([describeTable(client, source), describeTable(client, target)]);
    return {
      source: { tableName: source, keyNames: keyNamesOf(from) },
      target: { tableName: target, keyNames: keyNamesOf(to) },
    };
  }

  /** What the rows that count say of this event: the binding to work under and the limits, or the answer. */
  async function open({ run }: BackfillEvent): Promise<OpenWork | BackfillResult> {
    const row = await ledger.get(id);
    const state = backfillStateOf(row);
    if (row?.run !== run || state.kind === 'over') return finished;
    if (state.kind !== 'open') return later;
    const { paused, throttle } = await controls.get(id);
    if (paused) return later;
    const { checksum } = options;
    if (checksum === undefined || checksum === state.binding.checksum) return { binding: state.binding, throttle };
    throw new MigrateError(
      'CHECKSUM_MISMATCH',
      `this function was made from another version of \`${id}\` (${checksum}) than the one that runs (${state.binding.checksum})`,
      { migration: id, fix: 'deploy the function again; until then, finish with `migrate up`' },
    );
  }

  async function takeSegment(
    binding: CheckpointBinding,
    segment: number,
    { signal, requestId }: { readonly signal: AbortSignal; readonly requestId: string },
  ): Promise<{ readonly state: SegmentState; readonly lease: Lease } | BackfillResult> {
    const watch = watchSegments({ clock });
    const from = clock.monotonic();
    const actor = { host: 'lambda', pid: 0, user: requestId };
    while (!signal.aborted) {
      const state = await segments.get(binding, segment);
      if (!state || (state.position.done && !state.holder)) return finished;
      if (watch.look(state) !== 'held') {
        const lease = await segments.take(binding, state, { actor, command: 'backfill worker', leaseMs });
        if (lease) return { state, lease };
      } else if (clock.monotonic() - from > 1.5 * (state.holder?.leaseMs ?? 0)) {
        // Somebody who is alive; an idle function costs as much as a busy one.
        return later;
      }
      await clock.sleep(Math.min(lookMs, leaseMs / 4), { signal });
    }
    return later;
  }

  async function work({ binding }: OpenWork, event: BackfillEvent, signal: AbortSignal, requestId: string) {
    const { segment } = event;
    const taken = await takeSegment(binding, segment, { signal, requestId });
    if ('done' in taken) return taken;
    const { lease, state } = taken;
    const closed = new AbortController();
    const ending = AbortSignal.any([signal, closed.signal]);
    const budgets = openBudgets({
      clock,
      limits: budget,
      onDemand: budget.onDemand ?? {},
      describe: (tableName) => describeTable(client, tableName),
      signal: ending,
    });
    budgets.share(Math.min(workers, binding.totalSegments));
    const spending = { budgets, priority: 'patient', signal: lease.signal } as const;
    const reader = createClient({ ...connection, budget: spending });
    const writer = createClient({
      ...connection,
      budget: spending,
      maxAttempts: 1,
      requestTimeoutMs: Math.min(requestTimeoutMs, leaseMs / 2),
      guard: () => lease.assertHeld(),
      checkConnection: () => lease.assertHeld(),
    });
    lease.ended.addEventListener('abort', () => writer.destroy(), { once: true });
    const heed = heedThrottle(budgets);
    const watching = watchPhase(event, { closed, ended: lease.ended, heed });
    try {
      // Once more, under the lease: whoever ends the backfill says so first, and then waits for the leases.
      const still = await open(event);
      if ('done' in still) return still;
      await heed(still.throttle);
      const { migration } = options;
      tables ??= describeTables();
      const { source, target } = await tables.catch((error: unknown) => {
        tables = undefined;
        throw error;
      });
      const mapping = moveMapping(migration, source.keyNames, target.keyNames);
      const ports = openTablePorts({
        direction: 'up',
        mapping,
        down: migration.down,
        source,
        target,
        client: reader,
        writer,
      });
      const origin = `backfill ${segment} ${lease.token}`;
      await workSegment({
        ...{ binding, segment, position: state.position, lease, segments, intents, client: reader, clock },
        ports: { ...ports, obligations: obligations.bind(id, 'up', origin) },
        source: source.tableName,
        horizonMs: leaseMs,
        signal: ending,
      });
      return finished;
    } catch (error) {
      if (isMigrateError(error, 'INTERRUPTED')) return closed.signal.aborted ? later : again;
      if (isMigrateError(error, 'LEASE_LOST')) return later;
      throw error;
    } finally {
      await lease.release();
      await watching;
      reader.destroy();
      writer.destroy();
    }
  }

  /** So that a pause, a throttle, or the end of the move is seen soon, and not after the segment. */
  async function watchPhase(event: BackfillEvent, { closed, ended, heed }: Watching): Promise<void> {
    while (!ended.aborted) {
      await clock.sleep(watchMs, { signal: ended, ref: false });
      if (ended.aborted) return;
      // What fails for a moment is looked at again.
      const now = await open(event).catch(() => undefined);
      if (now && 'done' in now) closed.abort();
      else if (now) await heed(now.throttle).catch((error: unknown) => onError?.(error));
    }
  }

  return async (event, { awsRequestId = 'local', getRemainingTimeInMillis } = {}) => {
    assertEvent(event, id);
    const stop = new AbortController();
    const over = new AbortController();
    const remaining = getRemainingTimeInMillis?.();
    if (remaining !== undefined) {
      void clock
        .sleep(remaining - Math.min(marginMs, remaining / 4), { signal: over.signal, ref: false })
        .then(() => stop.abort());
    }
    try {
      const opened = await open(event);
      return 'done' in opened ? opened : await work(opened, event, stop.signal, awsRequestId);
    } finally {
      over.abort();
    }
  };
}

interface Watching {
  readonly closed: AbortController;
  /** The lease is over. */
  readonly ended: AbortSignal;
  readonly heed: ReturnType<typeof heedThrottle>;
}

/** Has budgets follow what operators ask for. A share that cannot be had of a table leaves them as they were. */
function heedThrottle(budgets: Budgets): (throttle: Control['throttle']) => Promise<void> {
  let heeded: string | undefined;
  return async (throttle) => {
    if (throttle?.at === heeded) return;
    heeded = throttle?.at;
    await budgets.override({ read: throttle?.read as Limit | undefined, write: throttle?.write as Limit | undefined });
  };
}

function assertEvent(event: unknown, id: string): asserts event is BackfillEvent {
  const { id: named, run, segment } = (event ?? {}) as Partial<BackfillEvent>;
  if (named === id && Number.isSafeInteger(run) && Number.isSafeInteger(segment) && Number(segment) >= 0) return;
  throw new MigrateError('USAGE', `a work item of \`${id}\` has \`id\`, \`run\` and \`segment\`, this one does not`, {
    migration: id,
    fix: "start the state machine by `migrate up`, in an environment with `backfill: 'step-functions'`",
  });
}
