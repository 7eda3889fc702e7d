import type { LintSubject, RuleFinding } from './rule.js';

/** DynamoDB wants units for each global index of a provisioned table, and refuses them for one on demand. */
export function indexCapacity({ indexes, tables }: LintSubject): RuleFinding[] {
  return indexes.flatMap(({ name, table, hasThroughput, call }): RuleFinding[] => {
    const provisioned = tables.get(table)?.provisioned;
    if (provisioned === undefined || provisioned === hasThroughput) return [];
    return [
      {
        code: 'index-capacity',
        message: provisioned
          ? `the index \`${name}\` has no \`throughput\`, and \`${table}\` is provisioned`
          : `the index \`${name}\` has a \`throughput\`, and \`${table}\` is on demand`,
        at: call.at,
        fix: provisioned
          ? 'give it its own: `throughput: { read: 5, write: 5 }`, at least as much to write as the table has'
          : 'leave `throughput` out, or give the table one too',
      },
    ];
  });
}
