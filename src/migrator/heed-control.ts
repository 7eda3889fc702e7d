import type { TableState } from '../dynamodb/budget/budgets.js';
import type { Limit } from '../dynamodb/budget/limit.js';
import { messageOf } from '../errors.js';
import type { Control } from '../ledger/control.js';
import type { Pace } from '../ledger/pace.js';
import type { Migrator } from './migrator.js';

/** A pause, and a change of the budget, is obeyed after this time at most, and that of the requests under way. */
const lookEveryMs = 1_000;
/** For whoever watches from elsewhere; a change of the reason is written at once. */
const saveEveryMs = 4_000;

/**
 * Runs `work` as operators ask for by the control row of a migration: paused, or at another budget than the configured
 * one. Tells all the while how fast it goes, and why no faster.
 */
export async function heedControl<T>(migrator: Migrator, id: string, work: () => Promise<T>): Promise<T> {
  const { actor, budgets, clock, controls, emit, paces } = migrator;
  const stop = new AbortController();
  let control: Control = {};
  let saved: { readonly slowedBy: Pace['slowedBy']; readonly at: number } | undefined;

  async function heed(next: Control): Promise<void> {
    const before = control;
    control = next;
    if (next.throttle?.at !== before.throttle?.at) await throttle(next);
    if (next.paused && !before.paused) {
      budgets.pause();
      emit({ type: 'note', message: pausedText(id, next.paused) });
    } else if (!next.paused && before.paused) {
      budgets.resume();
      emit({ type: 'note', message: `${id} goes on` });
    }
  }

  async function throttle({ throttle: limits }: Control): Promise<void> {
    try {
      await budgets.override({ read: limits?.read as Limit | undefined, write: limits?.write as Limit | undefined });
    } catch (error) {
      emit({ type: 'warning', message: `the budget of ${id} stays as it was: ${messageOf(error)}` });
    }
  }

  async function tell(): Promise<void> {
    const pace = paceOf(budgets.states(), control);
    emit({ type: 'pace', id, pace, control });
    const isDue = saved === undefined || clock.monotonic() - saved.at >= saveEveryMs;
    if (!isDue && saved?.slowedBy === pace.slowedBy) return;
    saved = { slowedBy: pace.slowedBy, at: clock.monotonic() };
    await paces.save(id, actor, pace);
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      // What fails for a moment is looked at again; what goes on failing ends the work by itself.
      await tell().catch(() => undefined);
      await clock.sleep(lookEveryMs, { signal: stop.signal, ref: false });
      if (stop.signal.aborted) return;
      await controls.get(id).then(heed, () => undefined);
    }
  }

  await heed(await controls.get(id));
  const watching = watch();
  try {
    return await work();
  } finally {
    stop.abort();
    await watching;
    if (control.paused) budgets.resume();
    if (control.throttle) await throttle({});
    await Promise.race([paces.clear(id, actor).catch(() => undefined), clock.sleep(lookEveryMs, { ref: false })]);
  }
}

function paceOf(states: readonly TableState[], { paused }: Control): Pace {
  const tables = states.map(({ tableName: table, kind, rate, limit, adapted, slowedBy }) => ({
    table,
    kind,
    rate: Math.round(rate),
    limit: limit === undefined ? null : Math.round(limit * 10) / 10,
    adapted: adapted === undefined ? null : Math.round(adapted),
    slowedBy: slowedBy ?? null,
  }));
  const isSlowedBy = (reason: 'throttling' | 'budget') => tables.some(({ slowedBy }) => slowedBy === reason);
  const slowedBy = isSlowedBy('throttling') ? 'throttling' : isSlowedBy('budget') ? 'budget' : null;
  return { slowedBy: paused ? 'paused' : slowedBy, tables };
}

function pausedText(id: string, { by, at, reason }: NonNullable<Control['paused']>): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${id} is paused by ${by.user}@${by.host} since ${at}${why}; \`migrate resume ${id}\` lets it go on`;
}
