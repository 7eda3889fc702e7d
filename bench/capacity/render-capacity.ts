import type { ScenarioResult } from './run-scenario.js';

/** What a scenario came to, and whether that is what was wanted. */
export interface Verdict {
  readonly name: string;
  readonly used: number;
  readonly throttled: number;
  readonly isMet: boolean;
}

export function verdictOf({ scenario, used, throttled, after }: ScenarioResult): Verdict {
  const { usedAtLeast, usedAtMost = 1.05, throttledAtMost } = scenario.expect;
  // Before the change it is what another scenario looks at.
  const one = after ?? { used, throttled };
  const isMet = one.used >= usedAtLeast && one.used <= usedAtMost && one.throttled <= throttledAtMost;
  return { ...one, isMet, name: after ? `${scenario.name}, from 5 s after it on` : scenario.name };
}

export function verdictText({ name, used, throttled, isMet }: Verdict): string {
  return `${isMet ? 'met   ' : 'MISSED'} ${name}: ${percent(used)} used, ${percent(throttled)} of requests throttled after 5 s`;
}

/** The section of bench/RESULTS.md. */
export function renderCapacity(results: readonly ScenarioResult[], seconds: number): string {
  const lines = results
    .map((result) => ({ ...verdictOf(result), wanted: wantedText(result) }))
    .map(
      ({ name, used, throttled, isMet, wanted }) =>
        `| ${name} | ${percent(used)} | ${percent(throttled)} | ${wanted}${isMet ? '' : ', missed'} |`,
    );
  return [
    '## capacity',
    '',
    `What \`up\` makes of a capacity and of a budget of write units a second: one run of ${seconds} s each, with a second of burst.`,
    '',
    '| | used | requests throttled after 5 s | wanted |',
    '|---|---:|---:|---|',
    ...lines,
    '',
  ].join('\n');
}

function wantedText({ scenario }: ScenarioResult): string {
  const { usedAtLeast, usedAtMost, throttledAtMost } = scenario.expect;
  const used =
    usedAtMost === undefined ? `${usedAtLeast * 100} % at least` : `${usedAtLeast * 100}–${usedAtMost * 100} %`;
  return `${used}, ${throttledAtMost === 0 ? 'none' : `${throttledAtMost * 100} % at most`}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
