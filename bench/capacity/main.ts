import { parseArgs } from 'node:util';
import { withEndpoint } from '../run-entry.js';
import { runScenario, type ScenarioResult } from './run-scenario.js';
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
    process.stdout.write(`${report(result)}\n`);
    if (values.timeline) {
      const text = result.seconds.map((one) => `${one.writeUnits}/${one.throttled + one.partly}`).join(' ');
      process.stdout.write(`  ${text}\n`);
    }
  }
});
process.exit(missed === 0 ? 0 : 1);

function report({ scenario, used, throttled, after }: ScenarioResult): string {
  const { usedAtLeast, usedAtMost = 1.05, throttledAtMost } = scenario.expect;
  const line = (what: string, one: { readonly used: number; readonly throttled: number }) => {
    const isMet = one.used >= usedAtLeast && one.used <= usedAtMost && one.throttled <= throttledAtMost;
    if (!isMet) missed += 1;
    return `${isMet ? 'met   ' : 'MISSED'} ${what}: ${percent(one.used)} used, ${percent(one.throttled)} of requests throttled after 5 s`;
  };
  // Before the change it is what another scenario looks at.
  return after ? line(`${scenario.name}, from 5 s after it on`, after) : line(scenario.name, { used, throttled });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
