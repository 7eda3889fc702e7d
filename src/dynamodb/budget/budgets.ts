import { setMaxListeners } from 'node:events';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { isMigrateError, MigrateError } from '../../errors.js';
import { isThrottling } from '../aws-errors.js';
import type { BudgetClock } from './budget-clock.js';
import type { Limit } from './limit.js';
import { type Answer, createMeter, type Meter, type MeterState } from './meter.js';
import { answerOf, demandsOf } from './metered-request.js';
import { type CapacityKind, type OnDemandFigures, type ResolvedLimit, resolveLimit } from './table-capacity.js';

/** Limits of all tables: of each table that much may be used. */
export type Limits = Readonly<Partial<Record<CapacityKind, Limit | undefined>>>;

/** `urgent` waits for nobody, and the others have that much less: a live sync, or whatever holds writes back. */
export type Priority = 'patient' | 'urgent';

/** A request under way. */
export interface Spending {
  /** It has to ask what each index consumes. */
  readonly perIndex: boolean;
  /** It was throttled, and the client repeats it by itself. */
  throttled(): void;
  answered(output: object): void;
  failed(error: unknown): void;
}

/** What this process may use of the tables, and what it does use. Limits are those of all that share them. */
export interface Budgets {
  /** Resolves when the request may be sent; `undefined` where it uses no table's capacity. */
  begin(request: BudgetedRequest): Promise<Spending | undefined>;
  /**
   * Looks at a table, and has its limits from then on.
   *
   * @throws MigrateError `CONFIG_INVALID` for a share of a table that is on demand and has no figure.
   */
  resolve(tableName: string): Promise<void>;
  /**
   * Limits in place of the configured ones; of what is left out the configured one counts.
   *
   * @throws MigrateError `CONFIG_INVALID` as `resolve`; then everything stays as it was.
   */
  override(limits: Limits): Promise<void>;
  /** The configured limits. */
  readonly configured: Limits;
  /** Others in place of the configured ones, for as long as this process lives. Called before the first request. */
  configure(limits: Limits): void;
  /** This process is one of `processes` that share the limits from now on: each has that part of them. Default: 1. */
  share(processes: number): void;
  /** Patient requests wait, until `resume`. */
  pause(): void;
  resume(): void;
  /** While `work` runs, every request is urgent. */
  urgently<T>(work: () => Promise<T>): Promise<T>;
  /** Nothing of this process may be sent any more: whoever waits, or will, is told so. */
  abandon(reason: unknown): void;
  states(): readonly TableState[];
}

export interface BudgetedRequest {
  /** `BatchWriteItem`. */
  readonly operation: string;
  readonly input: object;
  readonly priority: Priority;
  /** Ends the wait of this request, with its reason. One for many requests, for it is kept. */
  readonly signal?: AbortSignal | undefined;
}

export interface TableState extends MeterState {
  readonly tableName: string;
  readonly kind: CapacityKind;
}

export interface BudgetsOptions {
  readonly clock: BudgetClock;
  readonly limits: Limits;
  readonly onDemand: OnDemandFigures;
  readonly describe: (tableName: string) => Promise<TableDescription>;
  /** A share that was asked for in place of a configured limit cannot be had of a table: there the configured counts. */
  readonly onUnresolved?: ((error: MigrateError) => void) | undefined;
  /** Aborted: what waits may go on for a moment longer, so that a page can be finished; nothing waits out a pause. */
  readonly signal: AbortSignal;
}

interface Tracked {
  readonly read: Meter;
  readonly write: Meter;
  table?: TableDescription;
  describedAt: number;
  described?: Promise<void> | undefined;
}

/** Provisioned capacity changes under us, by auto scaling say. */
const describeEveryMs = 60_000;
/** How long a request may still wait for its turn after the signal to stop. */
const lastMomentMs = 5_000;
const kinds = ['read', 'write'] as const;

export function openBudgets(options: BudgetsOptions): Budgets {
  const { clock, onDemand, describe, signal, onUnresolved } = options;
  const tables = new Map<string, Tracked>();
  let configured = options.limits;
  let limits = configured;
  let sharedBy = 1;
  let isPaused = false;
  let urgentWork = 0;
  const told = new Set<string>();
  const combined = new WeakMap<AbortSignal, AbortSignal>();
  const given = new AbortController();
  // Everybody who waits listens to it.
  setMaxListeners(0, given.signal);
  const giveUp = () => given.abort(stoppedWaiting(signal));
  const onStop = () => {
    if (isPaused) giveUp();
    else void clock.sleep(lastMomentMs, { signal: given.signal, ref: false }).then(giveUp);
  };
  if (signal.aborted) onStop();
  else signal.addEventListener('abort', onStop, { once: true });

  const isShare = () => kinds.some((kind) => typeof limits[kind] === 'string');

  /** One for each signal, not for each request: what follows a signal that lives long is not forgotten. */
  function either(own: AbortSignal | undefined): AbortSignal {
    if (!own) return given.signal;
    const known = combined.get(own);
    if (known) return known;
    const made = AbortSignal.any([given.signal, own]);
    setMaxListeners(0, made);
    combined.set(own, made);
    return made;
  }

  function limitOf(kind: CapacityKind, table: TableDescription | undefined, from = limits): ResolvedLimit | undefined {
    const limit = from[kind];
    if (limit === undefined) return undefined;
    if (typeof limit !== 'number' && !table) return undefined;
    const resolved = resolveLimit(limit, kind, table ?? {}, onDemand);
    return { ...resolved, rate: resolved.rate / sharedBy };
  }

  function apply(tracked: Tracked): void {
    for (const kind of kinds) tracked[kind].limit(limitOf(kind, tracked.table));
  }

  function track(tableName: string): Tracked {
    const known = tables.get(tableName);
    if (known) return known;
    const tracked: Tracked = {
      read: createMeter(clock),
      write: createMeter(clock),
      describedAt: Number.NEGATIVE_INFINITY,
    };
    apply(tracked);
    if (isPaused) for (const kind of kinds) tracked[kind].pause();
    tables.set(tableName, tracked);
    return tracked;
  }

  /** Only a share has to know the table. */
  async function look(tableName: string, tracked: Tracked): Promise<void> {
    if (!isShare() || clock.monotonic() - tracked.describedAt < describeEveryMs) return;
    tracked.described ??= describe(tableName)
      .then((table) => {
        tracked.table = table;
        tracked.describedAt = clock.monotonic();
        apply(tracked);
      })
      .finally(() => {
        tracked.described = undefined;
      });
    await tracked.described;
  }

  /** No word from elsewhere ends a run: a table that was made since may be none to take a share of. */
  function useConfigured(tracked: Tracked, error: unknown): void {
    if (limits === configured || !isMigrateError(error, 'CONFIG_INVALID')) throw error;
    for (const kind of kinds) {
      if (limits[kind] !== configured[kind]) tracked[kind].limit(limitOf(kind, tracked.table, configured));
    }
    if (told.has(error.message)) return;
    told.add(error.message);
    onUnresolved?.(error);
  }

  /** Later looks are in the background, and one that fails is tried again with the next request. */
  async function ready(tableName: string): Promise<Tracked> {
    const tracked = track(tableName);
    if (tracked.table) void look(tableName, tracked).catch(() => undefined);
    else await look(tableName, tracked).catch((error: unknown) => useConfigured(tracked, error));
    return tracked;
  }

  return {
    async begin({ operation, input, priority, signal: own }) {
      const demands = demandsOf(operation, input);
      if (demands.length === 0) return undefined;
      const urgent = priority === 'urgent' || urgentWork > 0;
      const begun: { tableName: string; meter: Meter; sentAt: number; end: (answer: Answer) => void }[] = [];
      for (const { tableName, kind, estimate } of demands) {
        const meter = (await ready(tableName))[kind];
        const end = await meter.begin({ operation, estimate, urgent, signal: either(own) });
        begun.push({ tableName, meter, end, sentAt: clock.monotonic() });
      }
      let isCounted = false;
      const throttled = () => {
        isCounted = true;
        for (const { meter, sentAt } of begun) meter.throttled(sentAt);
      };
      return {
        perIndex: begun.some(({ meter }) => meter.perIndex),
        throttled,
        answered(output) {
          for (const { tableName, end } of begun) end(answerOf(operation, input, output, tableName));
        },
        failed(error) {
          const isRefused = isThrottling(error);
          if (isRefused && !isCounted) throttled();
          const consumed = isRefused ? { total: 0 } : undefined;
          for (const { end } of begun) end({ consumed, bySize: () => undefined, throttled: false });
        },
      };
    },

    async resolve(tableName) {
      await ready(tableName);
    },

    async override(next) {
      const before = limits;
      limits = { ...configured, ...withoutUndefined(next) };
      try {
        await Promise.all([...tables].map(([tableName, tracked]) => look(tableName, tracked)));
        for (const tracked of tables.values()) apply(tracked);
      } catch (error) {
        limits = before;
        for (const tracked of tables.values()) apply(tracked);
        throw error;
      }
    },

    get configured() {
      return configured;
    },

    configure(next) {
      configured = { ...configured, ...withoutUndefined(next) };
      limits = configured;
      for (const tracked of tables.values()) apply(tracked);
    },

    share(processes) {
      if (processes === sharedBy) return;
      sharedBy = processes;
      for (const tracked of tables.values()) apply(tracked);
    },

    pause() {
      isPaused = true;
      for (const tracked of tables.values()) for (const kind of kinds) tracked[kind].pause();
      if (signal.aborted) giveUp();
    },

    resume() {
      isPaused = false;
      for (const tracked of tables.values()) for (const kind of kinds) tracked[kind].resume();
    },

    abandon: (reason) => given.abort(reason),

    async urgently(work) {
      urgentWork += 1;
      try {
        return await work();
      } finally {
        urgentWork -= 1;
      }
    },

    states: () =>
      [...tables].flatMap(([tableName, tracked]) =>
        kinds.flatMap((kind) => {
          const state = tracked[kind].state();
          return state.requests === 0 ? [] : [{ tableName, kind, ...state }];
        }),
      ),
  };
}

function withoutUndefined(limits: Limits): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

/** Why waits end when the run is stopped: for the reason of whoever stopped it, if that is an error of ours. */
function stoppedWaiting({ reason }: AbortSignal): MigrateError {
  const isOurs = isMigrateError(reason);
  if (isOurs && reason.code !== 'INTERRUPTED') return reason;
  return new MigrateError(
    'INTERRUPTED',
    'stopped in the middle of a page, which waited for its budget; what of it was written is found to be so by the next run',
    { cause: reason, ...(isOurs && { exitCode: reason.exitCode, fix: reason.fix }) },
  );
}
