import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Job, TaskName } from './contenders/contender.js';
import { configure } from './control.js';
import type { GeneratedTableOptions } from './endpoint/generated-table.js';
import type { Entry } from './plan.js';
import type { Figures } from './run-one.js';

/** One run of one contender. */
export interface Measured {
  readonly task: TaskName;
  readonly entry: Entry;
  readonly figures: Figures;
}

export interface RunEntryOptions {
  readonly endpoint: string;
  readonly task: TaskName;
  readonly entry: Entry;
  readonly latencyMs: number;
  readonly segments: number;
  /** Of the contender's process. */
  readonly execArgv?: readonly string[];
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const env = {
  ...process.env,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1',
};

/** Runs `work` with an endpoint in a process of its own. */
export async function withEndpoint(work: (url: string) => Promise<void>): Promise<void> {
  const child = fork(script('endpoint/main.js'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  try {
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    await work(line.toString().trim());
  } finally {
    child.kill();
  }
}

/** Makes the tables anew, and lets one contender do one task in a process of its own. */
export async function runEntry(options: RunEntryOptions): Promise<Figures> {
  const { endpoint, task, entry, latencyMs, segments } = options;
  const { items } = entry;
  await configure(endpoint, { latencyMs, drop: true, generate: tablesFor(task, items, segments) });
  return runContender(entry.contender, task, { endpoint, items, segments }, options);
}

/** Lets one contender do one task, on the tables as they are, in a process of its own. */
export async function runContender(
  contender: string,
  task: TaskName,
  job: Job,
  { execArgv = [] }: Pick<RunEntryOptions, 'execArgv'> = {},
): Promise<Figures> {
  const child = fork(script('run-one.js'), [contender, task, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env,
    execArgv: [...execArgv],
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${contender} ${task} ended with ${code}`);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}

function tablesFor(task: TaskName, items: number, segments: number): Record<string, GeneratedTableOptions> {
  // We take a segment for each 256 MB, so the table says it has as many; a copy has 16 at least.
  const describedBytes = segments * 2 ** 28;
  return {
    SOURCE: { items, describedBytes },
    // What verify compares is copied by us; the others find it copied.
    TARGET: { items, describedBytes, form: task === 'verify' ? 'new' : 'absent' },
  };
}
