import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderCapacity, verdictOf, verdictText } from './capacity/render-capacity.js';
import { runScenario, type ScenarioResult } from './capacity/run-scenario.js';
import { scenarios } from './capacity/scenarios.js';
import { taskNames } from './contenders/contender.js';
import { plan } from './plan.js';
import { renderResults, renderTask } from './render.js';
import { type Measured, runEntry, withEndpoint } from './run-entry.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    task: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    latency: { type: 'string', default: '5' },
    segments: { type: 'string', default: '4' },
    runs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`npm run bench -- [options]
  --quick             one run each, a fifth of the items; writes nothing
  --task <name>       ${taskNames.join(', ')}; may be repeated. Default: all
  --only <contender>  may be repeated. Default: all
  --latency <ms>      how long the endpoint keeps each answer back. Default: 5
  --segments <n>      parallel scans. Default: 4
  --runs <n>          of which the medians are shown. Default: 5
bench/RESULTS.md is written when nothing is left out; then a minute for each scenario of bench:capacity is in it too.
`);
  process.exit();
}

const runs = Number(values.runs ?? (values.quick ? 1 : 5));
const latencyMs = Number(values.latency);
const segments = Number(values.segments);
const tasks = taskNames.filter((task) => values.task?.includes(task) ?? true);
const whole = !values.quick && !values.task && !values.only;

const path = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

const measured: Measured[] = [];
const capacity: ScenarioResult[] = [];
const scenarioSeconds = 60;
// After each part: a run that is cut short has measured something all the same.
const write = async () => {
  const text = renderResults(measured, { runs, latencyMs, segments });
  await writeFile(path, capacity.length === 0 ? text : `${text}\n${renderCapacity(capacity, scenarioSeconds)}`);
};
await withEndpoint(async (endpoint) => {
  for (const task of tasks) {
    const entries = plan[task].filter(({ contender }) => values.only?.includes(contender) ?? true);
    // One round after the other, so that a busy moment of the machine does not fall on one contender alone.
    for (let round = 1; round <= runs; round++) {
      for (const entry of entries) {
        const items = values.quick ? Math.ceil(entry.items / 5) : entry.items;
        const figures = await runEntry({ endpoint, task, entry: { ...entry, items }, latencyMs, segments });
        measured.push({ task, entry, figures });
        process.stderr.write(`${task} ${round}/${runs} ${entry.contender}: ${figures.seconds.toFixed(2)} s\n`);
      }
    }
    process.stdout.write(`\n${renderTask(task, measured)}\n`);
    if (whole) await write();
  }
  for (const scenario of whole ? scenarios : []) {
    const result = await runScenario(endpoint, scenario, scenarioSeconds);
    process.stderr.write(`${verdictText(verdictOf(result))}\n`);
    capacity.push(result);
    await write();
  }
  if (capacity.length > 0) process.stdout.write(`\n${renderCapacity(capacity, scenarioSeconds)}\n`);
});

if (whole) process.stdout.write('written: bench/RESULTS.md\n');
