import { up } from 'dynamigrate';
import { copyMigration, inProject, rewriteMigration } from '../contenders/ours.js';
import { configure, readStats } from '../control.js';
import type { SecondOfUse } from '../endpoint/capacity.js';
import type { Scenario } from './scenarios.js';

/** What a scenario came to, from its first write on, second by second. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly used: number;
  readonly throttled: number;
  /** The same after the change, once it had 5 s to be absorbed. */
  readonly after: { readonly used: number; readonly throttled: number } | undefined;
  readonly seconds: readonly SecondOfUse[];
}

const graceSeconds = 5;

/**
 * Runs `up` for so long, against more items than it can do in that time, and stops it. The seconds in which it began
 * and was stopped are not whole, and left out.
 */
export async function runScenario(endpoint: string, scenario: Scenario, seconds: number): Promise<ScenarioResult> {
  const { task, capacity, budget, change } = scenario;
  const items = capacity * (seconds + 60);
  const table = task === 'copy' ? 'TARGET' : 'SOURCE';
  const describedBytes = 4 * 2 ** 28;
  await configure(endpoint, {
    latencyMs: 5,
    drop: true,
    generate: { SOURCE: { items, describedBytes }, TARGET: { items, describedBytes, form: 'absent' } },
    capacity: { [table]: { writeUnits: capacity } },
  });
  const stop = new AbortController();
  const job = { endpoint, items, segments: 4 };
  const migration = task === 'copy' ? copyMigration : rewriteMigration;
  const begun = await secondsOf(endpoint, table);
  const running = inProject(
    job,
    migration,
    (cwd) => up({ cwd, endpoint, processEnv: {}, signal: stop.signal }).catch(() => undefined),
    budget === undefined ? '' : `, budget: ${budget}`,
  );
  await untilWritten(endpoint, table, begun);
  const first = (await secondsOf(endpoint, table)).find(({ writeUnits }) => writeUnits > 0)?.second ?? 0;
  if (change) {
    await delay(change.atSecond * 1_000);
    await configure(endpoint, change.settings(table));
  }
  await delay((seconds + 2 - (change?.atSecond ?? 0)) * 1_000);
  stop.abort();
  const all = await secondsOf(endpoint, table);
  await running;
  const whole = secondsBetween(all, first + 1, first + 1 + seconds);
  const before = change ? whole.slice(0, change.atSecond - 1) : whole;
  const after = change ? whole.slice(change.atSecond + graceSeconds) : undefined;
  return {
    scenario,
    used: shareUsed(before, scenario.target),
    throttled: shareThrottled(before.slice(graceSeconds)),
    after: after && change && { used: shareUsed(after, change.capacity), throttled: shareThrottled(after) },
    seconds: whole,
  };
}

/** A second in which nothing came is one too. */
function secondsBetween(all: readonly SecondOfUse[], from: number, to: number): SecondOfUse[] {
  const known = new Map(all.map((one) => [one.second, one]));
  const none = { readUnits: 0, writeUnits: 0, requests: 0, throttled: 0, partly: 0 };
  return Array.from({ length: to - from }, (_, index) => known.get(from + index) ?? { second: from + index, ...none });
}

function shareUsed(seconds: readonly SecondOfUse[], target: number): number {
  return sum(seconds, ({ writeUnits }) => writeUnits) / (seconds.length * target);
}

function shareThrottled(seconds: readonly SecondOfUse[]): number {
  return sum(seconds, ({ throttled, partly }) => throttled + partly) / sum(seconds, ({ requests }) => requests);
}

async function secondsOf(endpoint: string, table: string): Promise<readonly SecondOfUse[]> {
  return (await readStats(endpoint)).timelines[table] ?? [];
}

async function untilWritten(endpoint: string, table: string, before: readonly SecondOfUse[]): Promise<void> {
  const written = (seconds: readonly SecondOfUse[]) => sum(seconds, ({ writeUnits }) => writeUnits);
  while (written(await secondsOf(endpoint, table)) === written(before)) await delay(20);
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
