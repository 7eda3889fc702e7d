import type { PlanReport } from '../commands/report.js';
import type { ItemExample, MigrationPlan } from '../planning/migration-plan.js';
import { planSentences } from './plan-text.js';

/** A plan as a comment of a pull request. */
export function planMarkdown({ migrations, blockers }: PlanReport, where: string): string {
  const title = `### Migrations that would run in ${escaped(where)}`;
  const barred = blockers.map((text) => `- ❌ ${escaped(text)}`);
  if (migrations.length === 0) return [title, '', ...barred, ...(barred.length > 0 ? [''] : []), 'None.'].join('\n');
  const rows = migrations.map((plan) => {
    const state = plan.blockers.length + plan.missingActions.length > 0 ? '❌' : '✅';
    const wayBack = plan.irreversible === null ? 'yes' : 'no';
    return `| ${state} ${cell(plan.id)} | ${plan.kind} | ${cell(plan.description)} | ${wayBack} | ${cell(planSentences(plan).items ?? '')} |`;
  });
  return [
    title,
    '',
    ...barred,
    ...(barred.length > 0 ? [''] : []),
    '| migration | kind | what it does | way back | items |',
    '|---|---|---|---|---|',
    ...rows,
    ...migrations.flatMap(details),
  ].join('\n');
}

function details(plan: MigrationPlan): string[] {
  const { capacity, time, checks } = planSentences(plan);
  const lines = [
    ...plan.operations.map(escaped),
    ...checks.map(({ good, text }) => `${good ? '✔' : '⚠️'} ${escaped(text)}`),
    ...(plan.items?.failures ?? []).map(({ key, code, message }) => `❌ ${code} ${escaped(`${key}: ${message}`)}`),
    ...capacity.map(escaped),
    ...(time === undefined ? [] : [escaped(time)]),
    ...plan.notCarried.map((text) => `⚠️ not carried over: ${escaped(text)}`),
    ...plan.notes.map(escaped),
    ...plan.missingActions.map((action) => `❌ IAM denies ${escaped(action)}`),
    ...plan.blockers.map((text) => `❌ blocked: ${escaped(text)}`),
  ];
  const diffs = (plan.items?.examples ?? []).flatMap(diffLines);
  return [
    '',
    `<details><summary>${escaped(plan.id)}</summary>`,
    '',
    ...lines.map((line) => `- ${line.replaceAll('\n', ' ')}`),
    ...(diffs.length > 0 ? ['', '````diff', ...diffs, '````'] : []),
    '',
    '</details>',
  ];
}

function diffLines({ key, changes, unchanged }: ItemExample): string[] {
  const fenced = (text: string) => text.replaceAll('````', '…').replaceAll('\n', ' ');
  return [
    `# ${fenced(key)}`,
    ...changes.flatMap(({ attribute, before, after }) => [
      ...(before === null ? [] : [fenced(`- ${attribute}: ${before}`)]),
      ...(after === null ? [] : [fenced(`+ ${attribute}: ${after}`)]),
    ]),
    ...(unchanged > 0 ? [`  ${unchanged} more as they are`] : []),
  ];
}

/** Text of a user, that must not become marks, HTML or a mention. Code in backticks stays. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@\u200b')
    .replace(/[*_~[\]#]/g, '\\$&');
}

function cell(text: string): string {
  return escaped(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}
