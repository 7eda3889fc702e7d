import type { TaskName } from './contenders/contender.js';

/** Who does a task, and on how many items: so many that a run takes some seconds. */
export interface Entry {
  readonly contender: string;
  /** What it is called in the tables. */
  readonly title: string;
  readonly items: number;
}

const titles: Readonly<Record<string, string>> = {
  ours: 'dynamigrate',
  floor: 'floor: node:http and JSON',
  sdk: 'raw SDK loop',
  'lib-dynamodb': 'lib-dynamodb, the usual script',
  'copy-dynamodb-table': 'copy-dynamodb-table',
  'parallel-scan': '@shelf/dynamodb-parallel-scan',
};

function entries(items: Readonly<Record<string, number>>): Entry[] {
  return Object.entries(items).map(([contender, count]) => ({
    contender,
    title: titles[contender] ?? contender,
    items: count,
  }));
}

export const plan: Readonly<Record<TaskName, readonly Entry[]>> = {
  copy: entries({
    ours: 100_000,
    floor: 100_000,
    sdk: 40_000,
    'lib-dynamodb': 10_000,
    'copy-dynamodb-table': 1_500,
    'parallel-scan': 40_000,
  }),
  rewrite: entries({ ours: 60_000, floor: 100_000, sdk: 4_000, 'lib-dynamodb': 400 }),
  verify: entries({ ours: 100_000, floor: 100_000, sdk: 40_000, 'lib-dynamodb': 400 }),
  count: entries({
    ours: 1_000_000,
    floor: 1_000_000,
    sdk: 1_000_000,
    'lib-dynamodb': 100_000,
    'parallel-scan': 100_000,
  }),
};
