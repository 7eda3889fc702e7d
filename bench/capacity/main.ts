import { parseArgs } from 'node:util';
import { withEndpoint } from '../run-entry.js';
import { verdictOf, verdictText } from './render-capacity.js';
import { runScenario } from './run-scenario.js';
import { scenarios } from './scenarios.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string', multiple: true },
    timeline: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`npm run bench:capacity -- [options]
  --seconds <n>   how long each run is looked at. Default: 60
  --only <text>   scenarios with this in their name; may be repeated
  --timeline      also write units and throttled requests of every second
`);
  process.exit();
}

const chosen = scenarios.filter(({ name }) => values.only?.some((text) => name.includes(text)) ?? true);
let missed = 0;
await withEndpoint(async (endpoint) => {
  for (const scenario of chosen) {
    const result = await runScenario(endpoint, scenario, Number(values.seconds));
    const verdict = verdictOf(result);
    if (!verdict.isMet) missed += 1;
    process.stdout.write(`${verdictText(verdict)}\n`);
    if (values.timeline) {
      const text = result.seconds.map((one) => `${one.writeUnits}/${one.throttled + one.partly}`).join(' ');
      process.stdout.write(`  ${text}\n`);
    }
  }
});
process.exit(missed === 0 ? 0 : 1);
