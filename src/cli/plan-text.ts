import type { CapacityPlan, ItemsPlan, MigrationPlan } from '../planning/migration-plan.js';
import { formatCount, formatDuration } from './format.js';

/** The sentences of a plan that a terminal and a comment share, without any marks. */
export interface PlanSentences {
  readonly items: string | undefined;
  readonly capacity: readonly string[];
  readonly time: string | undefined;
  readonly checks: readonly { readonly good: boolean; readonly text: string }[];
}

export function planSentences(plan: MigrationPlan): PlanSentences {
  const { items, capacity } = plan;
  return {
    items: items ? itemsSentence(items) : undefined,
    capacity: capacity.map(capacitySentence),
    time: items ? timeSentence(plan) : undefined,
    checks: items ? checks(plan, items) : [],
  };
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? formatCount(Math.round(value)) : value.toFixed(1)} ${units[power]}`;
}

function itemsSentence({ total, bytes, sampled, complete, changed, leftOut, failed }: ItemsPlan): string {
  const parts = [`${formatCount(changed)} would be written`];
  if (leftOut > 0) parts.push(`${formatCount(leftOut)} left out`);
  if (failed > 0) parts.push(`${formatCount(failed)} would fail`);
  const of = complete ? '' : ` of a sample of ${formatCount(sampled)}`;
  return `${formatCount(total)} items, ${formatBytes(bytes)};${of} ${parts.join(', ')}`.replace(';  ', '; ');
}

function capacitySentence({ phase, table, readUnits, writeUnits, indexes }: CapacityPlan): string {
  const parts = [];
  if (readUnits > 0) parts.push(`${formatCount(Math.ceil(readUnits))} RCU`);
  if (writeUnits > 0) parts.push(`${formatCount(writeUnits)} WCU`);
  const ofIndexes = indexes.filter((index) => index.writeUnits > 0);
  const shares = ofIndexes.map((index) => `${index.name} ${formatCount(index.writeUnits)}`);
  return `${phase} ${table}: ${parts.join(', ') || 'nothing'}${shares.length > 0 ? ` (of these ${shares.join(', ')})` : ''}`;
}

function timeSentence({ seconds, price }: MigrationPlan): string {
  const time =
    seconds === null
      ? 'nothing limits it: as fast as the tables take it'
      : `at least ${formatDuration(seconds)} at what the tables may use`;
  return price === null ? time : `${time}; about ${price.amount.toFixed(2)} ${price.currency}`;
}

function checks(plan: MigrationPlan, items: ItemsPlan): { good: boolean; text: string }[] {
  const { roundTrip, idempotent, largest, collisions, sampled, changed, failed } = items;
  const list: { good: boolean; text: string }[] = [];
  if (plan.kind === 'in-place' && sampled > 0 && changed + failed === 0 && !plan.resumes) {
    list.push({
      good: false,
      text: `none of ${formatCount(sampled)} items is in the old form: they are in the new one already, or a name in the migration is misspelt`,
    });
  }
  if (plan.irreversible !== null) list.push({ good: false, text: `no way back: ${plan.irreversible}` });
  if (roundTrip && roundTrip.tried > 0) {
    const { tried, differing } = roundTrip;
    list.push({
      good: differing === 0,
      text:
        differing === 0
          ? `up and down again gives the same item: ${formatCount(tried)} tried`
          : `up and down again changes ${formatCount(differing)} of ${formatCount(tried)} items`,
    });
  }
  if (idempotent !== null) {
    list.push({ good: idempotent, text: idempotent ? 'twice is once' : 'a second run would change items again' });
  }
  if (largest) {
    const { key, bytes, limit } = largest;
    list.push({
      good: bytes < limit * 0.9,
      text: `the largest item would have ${formatBytes(bytes)} of ${formatBytes(limit)} (${key})`,
    });
  }
  for (const { key, claimants } of collisions) {
    list.push({ good: false, text: `several items claim the key ${key}: ${claimants.join('; ')}` });
  }
  if (plan.fitsStream !== null) {
    list.push({
      good: plan.fitsStream,
      text: plan.fitsStream
        ? 'the backfill ends before the stream forgets (24 h)'
        : 'the backfill takes longer than the stream remembers (24 h): keep a live sync running all the time',
    });
  }
  return list;
}
