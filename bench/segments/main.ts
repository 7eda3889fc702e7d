import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { configure } from '../control.js';
import { machineText, median } from '../render.js';
import { runContender, withEndpoint } from '../run-entry.js';
import type { Figures } from '../run-one.js';

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '5' },
    latency: { type: 'string', default: '5' },
    task: { type: 'string', multiple: true },
    segments: { type: 'string', default: '1,2,4,8,16,32' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`npm run bench:segments -- [options]
  --items <n>        of the table. Default: 200000
  --runs <n>         of each number of segments, of which the median counts; odd. Default: 5
  --latency <ms>     how long the endpoint keeps each answer back. Default: 5
  --task <name>      copy or rewrite. Default: both
  --segments <list>  Default: 1,2,4,8,16,32
bench/SEGMENTS.md is written when nothing is left out.
`);
  process.exit();
}

/** How far the CPU per item may be from the median of all. */
const allowed = 0.1;

const items = Number(values.items);
const runs = Number(values.runs);
const latencyMs = Number(values.latency);
const numbers = values.segments.split(',').map(Number);
const tasks = (['copy', 'rewrite'] as const).filter((task) => values.task?.includes(task) ?? true);
const measured: { readonly task: string; readonly segments: number; readonly figures: Figures }[] = [];

await withEndpoint(async (endpoint) => {
  for (const task of tasks) {
    // One round after the other, so that a busy moment of the machine does not fall on one number alone.
    for (let run = 1; run <= runs; run++) {
      for (const segments of numbers) {
        const generate = { SOURCE: { items }, TARGET: { items, form: 'absent' as const } };
        await configure(endpoint, { latencyMs, drop: true, generate });
        const figures = await runContender('ours-in-segments', task, { endpoint, items, segments });
        measured.push({ task, segments, figures });
        const cpu = (figures.cpuMicros / items).toFixed(1);
        process.stderr.write(`${task} ${run}/${runs} ${segments}: ${figures.seconds.toFixed(2)} s, ${cpu} µs\n`);
      }
    }
  }
});

let missed = 0;
const tables = tasks.map((task) => {
  const rows = numbers.map((segments) => {
    const own = measured.filter((one) => one.task === task && one.segments === segments).map(({ figures }) => figures);
    const of = (read: (one: Figures) => number) => median(own.map(read));
    return {
      segments,
      cpu: of(({ cpuMicros }) => cpuMicros / items),
      perSecond: of(({ seconds }) => items / seconds),
      memory: of(({ peakMemoryMb }) => peakMemoryMb),
      requests: of(({ requests }) => requests / items),
    };
  });
  const middle = median(rows.map(({ cpu }) => cpu));
  const lines = rows.map(({ segments, cpu, perSecond, memory, requests }) => {
    const off = cpu / middle - 1;
    const isMissed = Math.abs(off) > allowed;
    if (isMissed) missed += 1;
    const offText = `${off < 0 ? '−' : '+'}${Math.abs(off * 100).toFixed(1)} %${isMissed ? ', missed' : ''}`;
    const rate = perSecond.toLocaleString('en', { maximumFractionDigits: 0 });
    return `| ${segments} | ${cpu.toFixed(1)} | ${offText} | ${rate} | ${memory.toFixed(0)} | ${requests.toFixed(3)} |`;
  });
  const head = '| segments | CPU µs per item | from the median | items/s | peak memory MB | requests per item |';
  return `## ${task}\n\n${head}\n|---:|---:|---:|---:|---:|---:|\n${lines.join('\n')}\n`;
});
process.stdout.write(`\n${tables.join('\n')}`);

if (!values.task && values.segments === '1,2,4,8,16,32') {
  const text = `# Results of \`npm run bench:segments\`

${machineText()} Medians of ${runs} runs, in turns; ${items.toLocaleString('en')} items of 331 bytes; the endpoint answers from memory after ${latencyMs} ms. 2 to 8 segments are under way at once, as many as keep the process busy. Wanted: the CPU per item within ${allowed * 100} % of the median of its table.

${tables.join('\n')}`;
  await writeFile(fileURLToPath(new URL('../../SEGMENTS.md', import.meta.url)), text);
  process.stdout.write('\nwritten: bench/SEGMENTS.md\n');
}
process.exit(missed === 0 ? 0 : 1);
