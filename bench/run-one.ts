import { constants, PerformanceObserver } from 'node:perf_hooks';
import { resourceUsage } from 'node:process';
import type { Contender, Job, TaskName } from './contenders/contender.js';
import { readStats } from './control.js';
import type { EndpointStats } from './endpoint/endpoint.js';

/** What one run of one contender took. */
export interface Figures {
  readonly items: number;
  readonly seconds: number;
  readonly cpuMicros: number;
  /** Of the whole process, its loading included. */
  readonly peakMemoryMb: number;
  /** What was left in the heap after a full garbage collection, at its most; 0 where there was none. */
  readonly liveMemoryMb: number;
  readonly requests: number;
}

// A process a run: `node run-one.js <contender> <task> <job as JSON>` prints its figures.
const [name = '', task = '', text = '{}'] = process.argv.slice(2);
const job = JSON.parse(text) as Job;
const { contender } = (await import(`./contenders/${name}.js`)) as { readonly contender: Contender };
const run = contender.tasks[task as TaskName];
if (!run) throw new Error(`${name} does not ${task}`);

let liveBytes = 0;
new PerformanceObserver((list) => {
  const full = (entry: object) =>
    (entry as { detail?: { kind?: number } }).detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
  if (list.getEntries().some(full)) liveBytes = Math.max(liveBytes, process.memoryUsage().heapUsed);
}).observe({ entryTypes: ['gc'] });

interface Moment {
  readonly at: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly stats: Promise<EndpointStats>;
}

let started: Moment | undefined;
let stopped: Moment | undefined;
const moment = (): Moment => {
  // Asked before the work goes on, so answered before most of what it sends.
  return { at: performance.now(), cpu: process.cpuUsage(), stats: readStats(job.endpoint) };
};
await run(job, {
  start: () => {
    started ??= moment();
  },
  stop: () => {
    stopped ??= moment();
  },
});
if (!started || !stopped)
  throw new Error(`${name} ${task}: the work that is to be measured never began, or never ended`);
const total = async ({ stats }: Moment) => Object.values((await stats).requests).reduce((sum, count) => sum + count, 0);
const figures: Figures = {
  items: job.items,
  seconds: (stopped.at - started.at) / 1_000,
  cpuMicros: stopped.cpu.user + stopped.cpu.system - started.cpu.user - started.cpu.system,
  peakMemoryMb: resourceUsage().maxRSS / 1024,
  liveMemoryMb: liveBytes / 2 ** 20,
  requests: (await total(stopped)) - (await total(started)),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit();
