import type { ControlMark } from '../ledger/control.js';
import type { Pace, TablePace } from '../ledger/pace.js';
import { formatCount, formatTime } from './format.js';

type Mark = Pick<ControlMark, 'at'> & {
  readonly by: { readonly user: string; readonly host: string };
  readonly reason?: string | null | undefined;
};

/** Why it goes no faster, in a few words; `undefined` when it goes as fast as it can. */
export function paceText(
  { slowedBy, tables }: Pick<Pace, 'slowedBy' | 'tables'>,
  paused?: Mark | null,
): string | undefined {
  if (slowedBy === 'paused' || paused) return paused ? pausedText(paused) : 'paused';
  if (slowedBy === null) return undefined;
  const slowed = tables.filter((one) => one.slowedBy === slowedBy);
  if (slowedBy === 'throttling') return `throttled by DynamoDB: ${slowed.map(throttledText).join(', ')}`;
  return `held to the budget: ${slowed.map(budgetText).join(', ')}`;
}

/** `paused by ann@dev at 2026-11-28 01:02:03 (too many errors)`. */
export function pausedText({ by, at, reason }: Mark): string {
  return `paused by ${by.user}@${by.host} at ${formatTime(at)}${reason ? ` (${reason})` : ''}`;
}

const unitNames = { read: 'RCU', write: 'WCU' } as const;

function throttledText({ table, kind, rate, adapted }: TablePace): string {
  return `${table} gives ${formatCount(Math.round(adapted ?? rate))} ${unitNames[kind]}/s`;
}

function budgetText({ table, kind, limit }: TablePace): string {
  return `${table} ${formatCount(limit ?? 0)} ${unitNames[kind]}/s`;
}
