import type { TaskName } from './contenders/contender.js';

/** Who does a task, and on how many items: so many that a run takes some seconds, and starting and warming up little of them. */
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
    ours: 1_000_000,
    floor: 1_000_000,
    sdk: 100_000,
    'lib-dynamodb': 20_000,
    'copy-dynamodb-table': 5_000,
    'parallel-scan': 100_000,
  }),
  rewrite: entries({ ours: 600_000, floor: 600_000, sdk: 10_000, 'lib-dynamodb': 1_000 }),
  verify: entries({ ours: 400_000, floor: 400_000, sdk: 100_000, 'lib-dynamodb': 1_000 }),
  count: entries({
    ours: 1_000_000,
    floor: 1_000_000,
    sdk: 1_000_000,
    'lib-dynamodb': 100_000,
    'parallel-scan': 100_000,
  }),
};
