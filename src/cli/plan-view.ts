import type { PlanReport } from '../commands/report.js';
import type { ItemExample, MigrationPlan } from '../planning/migration-plan.js';
import { planSentences } from './plan-text.js';
import type { Terminal } from './terminal.js';

/** A plan for a terminal: a paragraph a migration, changes of items as a coloured diff. */
export function planView({ migrations, blockers }: PlanReport, terminal: Terminal): string {
  const { style } = terminal;
  const barred = blockers.map((text) => `${style('red', '✖ blocked:')} ${text}`);
  if (migrations.length === 0) return [...barred, 'nothing would run'].join('\n');
  return [...barred, ...migrations.map((plan) => migrationView(plan, terminal))].join('\n\n');
}

function migrationView(plan: MigrationPlan, { style, typed }: Terminal): string {
  const { items, capacity, time, checks } = planSentences(plan);
  const lines = [
    `${style('bold', plan.id)}  ${style('dim', `${plan.kind}${plan.resumes ? ', goes on' : ''}: ${plan.description}`)}`,
    ...(plan.tables.length > 0 ? [plan.tables.join(' → ')] : []),
    ...plan.operations,
    ...(plan.phases.length > 1 ? [style('dim', `phases: ${plan.phases.join(' → ')}`)] : []),
    ...(items === undefined ? [] : [items]),
    ...(plan.items?.examples ?? []).flatMap((example) => diffLines(example, style)),
    ...(plan.items?.failures ?? []).map(({ key, code, message }) => `${style('red', code)} ${key}: ${message}`),
    ...checks.map(({ good, text }) => `${good ? style('green', '✔') : style('yellow', '!')} ${text}`),
    ...(plan.items?.roundTrip?.examples ?? []).flatMap((example) => diffLines(example, style)),
    ...capacity,
    ...(time === undefined ? [] : [time]),
    ...plan.notCarried.map((text) => `${style('yellow', '!')} not carried over: ${text}`),
    ...plan.notes,
    ...plan.missingActions.map((action) => `${style('red', '✖ IAM denies')} ${action}`),
    ...plan.blockers.map((text) => `${style('red', '✖ blocked:')} ${typed(text)}`),
  ];
  return lines.map((line, index) => (index === 0 ? line : `  ${line}`)).join('\n');
}

function diffLines({ key, changes, unchanged }: ItemExample, style: Terminal['style']): string[] {
  return [
    style('dim', `  ${key}`),
    ...changes.flatMap(({ attribute, before, after }) => [
      ...(before === null ? [] : [style('red', `  - ${attribute}: ${before}`)]),
      ...(after === null ? [] : [style('green', `  + ${attribute}: ${after}`)]),
    ]),
    ...(unchanged > 0 ? [style('dim', `    ${unchanged} more as they are`)] : []),
  ];
}
