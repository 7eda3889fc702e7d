import type { EndpointSettings } from '../endpoint/endpoint.js';

/** A run beside a capacity, and what has to come of it. */
export interface Scenario {
  readonly name: string;
  readonly task: 'copy' | 'rewrite';
  /** Write units a second that the endpoint gives. */
  readonly capacity: number;
  /** Source of the environment's `budget`; `undefined` without. */
  readonly budget?: string;
  /** What the endpoint is like from this second on. */
  readonly change?: {
    readonly atSecond: number;
    readonly settings: (table: string) => EndpointSettings;
    readonly capacity: number;
  };
  /** Units a second against which the use is measured. */
  readonly target: number;
  readonly expect: {
    readonly usedAtLeast: number;
    readonly usedAtMost?: number;
    /** Of requests, once the first 5 s are over. */
    readonly throttledAtMost: number;
  };
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'copy, a capacity of 1,000 WCU/s and no budget',
    task: 'copy',
    capacity: 1_000,
    target: 1_000,
    expect: { usedAtLeast: 0.95, throttledAtMost: 0.01 },
  },
  {
    name: 'copy, a budget of 500 WCU/s',
    task: 'copy',
    capacity: 1_000,
    budget: '{ write: 500 }',
    target: 500,
    expect: { usedAtLeast: 0.97, usedAtMost: 1, throttledAtMost: 0 },
  },
  {
    name: 'copy, a capacity that drops from 1,000 to 500 WCU/s',
    task: 'copy',
    capacity: 1_000,
    change: {
      atSecond: 25,
      capacity: 500,
      settings: (table) => ({ capacity: { [table]: { writeUnits: 500 } } }),
    },
    target: 1_000,
    expect: { usedAtLeast: 0.95, throttledAtMost: 0.01 },
  },
  {
    name: 'in place, a capacity of 1,000 WCU/s and no budget',
    task: 'rewrite',
    capacity: 1_000,
    target: 1_000,
    expect: { usedAtLeast: 0.95, throttledAtMost: 0.01 },
  },
  {
    name: 'in place, a budget of 500 WCU/s',
    task: 'rewrite',
    capacity: 1_000,
    budget: '{ write: 500 }',
    target: 500,
    expect: { usedAtLeast: 0.97, usedAtMost: 1, throttledAtMost: 0 },
  },
];
