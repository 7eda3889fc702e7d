import { cpus, totalmem } from 'node:os';
import type { TaskName } from './contenders/contender.js';
import type { Measured } from './run-entry.js';
import type { Figures } from './run-one.js';

const about: Readonly<Record<TaskName, string>> = {
  copy: 'Copy: every item to another table, one attribute renamed and one added. Ours, the floor and the SDK loop then read every source item again, to see that it is still what was copied; the others do not.',
  rewrite:
    'Rewrite in place: the same change where the items are, each write conditional on what was read. Ours and the floor use 25 PartiQL statements a request, and read everything again at the end; the others send one UpdateItem an item.',
  verify:
    'Verify: both tables compared item by item, in both directions. The script reads one item a request, in one direction.',
  count: 'Count: all items of a table.',
};

/** The medians of a task, a line a contender. */
export function renderTask(task: TaskName, measured: readonly Measured[]): string {
  const lines = rowsOf(task, measured).map(
    ({ title, items, perSecond, cpu, memory, requests }) =>
      `| ${title} | ${items.toLocaleString('en')} | ${perSecond.toLocaleString('en', { maximumFractionDigits: 0 })} | ${cpu.toFixed(1)} | ${memory.toFixed(0)} | ${requests.toFixed(3)} |`,
  );
  return [
    `## ${task}`,
    '',
    about[task],
    '',
    '| | items | items/s | CPU µs per item | peak memory MB | requests per item |',
    '|---|---:|---:|---:|---:|---:|',
    ...lines,
    '',
    ...ratios(task, measured),
  ].join('\n');
}

export interface RunConditions {
  readonly runs: number;
  readonly latencyMs: number;
  readonly segments: number;
}

/** The whole of bench/RESULTS.md. */
export function renderResults(measured: readonly Measured[], { runs, latencyMs, segments }: RunConditions): string {
  const tasks = [...new Set(measured.map(({ task }) => task))];
  return [
    '# Results of `npm run bench`',
    '',
    `${machineText()} Medians of ${runs} runs; the endpoint answers from memory after ${latencyMs} ms; items of 331 bytes; ${segments} segments. Compare the lines of one table with each other: another machine gives other figures, and about the same ratios.`,
    '',
    ...tasks.flatMap((task) => [renderTask(task, measured)]),
  ].join('\n');
}

/** The day, and the machine at hand. */
export function machineText(): string {
  const [cpu] = cpus();
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB.`;
}

interface Row {
  readonly contender: string;
  readonly title: string;
  readonly items: number;
  readonly perSecond: number;
  readonly cpu: number;
  readonly memory: number;
  readonly requests: number;
}

function rowsOf(task: TaskName, measured: readonly Measured[]): Row[] {
  const own = measured.filter((one) => one.task === task);
  return [...new Set(own.map(({ entry }) => entry))].map((entry) => {
    const figures = own.filter((one) => one.entry === entry).map((one) => one.figures);
    const of = (read: (one: Figures) => number) => median(figures.map(read));
    return {
      contender: entry.contender,
      title: entry.title,
      items: figures[0]?.items ?? 0,
      perSecond: of(({ items, seconds }) => items / seconds),
      cpu: of(({ items, cpuMicros }) => cpuMicros / items),
      memory: of(({ peakMemoryMb }) => peakMemoryMb),
      requests: of(({ items, requests }) => requests / items),
    };
  });
}

function ratios(task: TaskName, measured: readonly Measured[]): string[] {
  const rows = rowsOf(task, measured);
  const ours = rows.find(({ contender }) => contender === 'ours');
  if (!ours || rows.length < 2) return [];
  const against = rows
    .filter((row) => row !== ours)
    .map(
      (row) =>
        `${(ours.perSecond / row.perSecond).toFixed(1)} × the items/s and ${(ours.cpu / row.cpu).toFixed(2)} × the CPU per item of ${row.title}`,
    );
  return ['Ours takes:', '', ...against.map((line) => `- ${line}`), ''];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
