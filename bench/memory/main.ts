import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { TaskName } from '../contenders/contender.js';
import { configure } from '../control.js';
import { machineText, median } from '../render.js';
import { runContender, withEndpoint } from '../run-entry.js';
import type { Figures } from '../run-one.js';

const { values } = parseArgs({
  options: {
    few: { type: 'string', default: '100000' },
    many: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '3' },
    task: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`npm run bench:memory -- [options]
  --few <n>      items of the small table, of whose runs the median counts. Default: 100000
  --many <n>     items of the large table, copied and rewritten once each. Default: 10000000
  --runs <n>     of the small table; odd. Default: 3
  --task <name>  copy or rewrite. Default: both
bench/MEMORY.md is written when nothing is left out.
`);
  process.exit();
}

/** As small as items get: what grows with their number is not to hide behind their size. */
const bytes = 50;
const latencyMs = 5;
/** As the command line sets it for itself (src/cli/keep-heap-small.ts); the package leaves its user's process alone. */
const execArgv = ['--heap-growing-percent=100'];
/** Of the peak of the small table. */
const allowed = 1.2;

interface Row {
  readonly task: TaskName;
  readonly items: number;
  readonly seconds: number;
  readonly peakMemoryMb: number;
  readonly liveMemoryMb: number;
}

function rowOf(task: TaskName, all: readonly Figures[]): Row {
  const of = (key: Exclude<keyof Row, 'task'>) => median(all.map((one) => one[key]));
  return {
    task,
    items: of('items'),
    seconds: of('seconds'),
    peakMemoryMb: of('peakMemoryMb'),
    liveMemoryMb: of('liveMemoryMb'),
  };
}

const tasks = (['copy', 'rewrite'] as const).filter((task) => values.task?.includes(task) ?? true);
const runs = Number(values.runs);
const rows: Row[] = [];
let missed = 0;

await withEndpoint(async (endpoint) => {
  const measure = async (task: TaskName, items: number) => {
    // The number of segments follows from the size of the table, as it does in AWS.
    const generate = { SOURCE: { items, bytes }, TARGET: { items, bytes, form: 'absent' as const } };
    await configure(endpoint, { latencyMs, drop: true, generate });
    const figures = await runContender('ours', task, { endpoint, items, segments: 0 }, { execArgv });
    const { seconds, peakMemoryMb, liveMemoryMb } = figures;
    const memory = `${peakMemoryMb.toFixed(0)} MB, live ${liveMemoryMb.toFixed(0)} MB`;
    process.stderr.write(`${task} ${items}: ${seconds.toFixed(1)} s, ${memory}\n`);
    return figures;
  };
  for (const task of tasks) {
    const small: Figures[] = [];
    for (let run = 0; run < runs; run++) small.push(await measure(task, Number(values.few)));
    rows.push(rowOf(task, small));
    rows.push(rowOf(task, [await measure(task, Number(values.many))]));
  }
});

const table = [
  '| | items | s | peak memory MB | × | live MB |',
  '|---|---:|---:|---:|---:|---:|',
  ...rows.map(({ task, items, seconds, peakMemoryMb, liveMemoryMb }, index) => {
    const ratio = peakMemoryMb / (rows[index - (index % 2)]?.peakMemoryMb ?? Number.NaN);
    if (ratio > allowed) missed += 1;
    const ratioText = `${ratio.toFixed(2)}${ratio > allowed ? ', missed' : ''}`;
    return `| ${task} | ${items.toLocaleString('en')} | ${seconds.toFixed(1)} | ${peakMemoryMb.toFixed(0)} | ${ratioText} | ${liveMemoryMb.toFixed(0)} |`;
  }),
].join('\n');
process.stdout.write(`\n${table}\n`);

const whole = !values.task && values.few === '100000' && values.many === '10000000';
if (whole) {
  const text = `# Results of \`npm run bench:memory\`

${machineText()} Items of ${bytes} bytes, which the endpoint makes up and does not store; it answers after ${latencyMs} ms. The peak of the whole process, its loading included; of the small table the median of ${runs} runs. Live is what a full garbage collection left, at its most. Wanted: at most ${allowed} × for a table a hundred times as large.

${table}
`;
  await writeFile(fileURLToPath(new URL('../../MEMORY.md', import.meta.url)), text);
  process.stdout.write('written: bench/MEMORY.md\n');
}
process.exit(missed === 0 ? 0 : 1);
