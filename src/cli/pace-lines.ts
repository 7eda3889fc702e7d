import type { TablePace } from '../ledger/pace.js';
import type { MigrationStatus } from '../migrator/status-entries.js';
import { formatCount, formatTime } from './format.js';
import { paceText, pausedText } from './pace-text.js';
import type { Terminal } from './terminal.js';

/** How fast migrations go that are at work, and why no faster: what comes below the table. */
export function paceLines(migrations: readonly MigrationStatus[], { style }: Pick<Terminal, 'style'>): string[] {
  return migrations.flatMap(({ id, paused, throttle, pace }) => {
    const lines = pace.map(({ by, slowedBy, tables }) => {
      const slow = slowedBy === 'paused' ? undefined : paceText({ slowedBy, tables });
      const rates = tables.map(rateText).join(', ');
      const who = pace.length > 1 ? ` (${by.user}@${by.host}, pid ${by.pid})` : '';
      return `${id}${who}: ${[rates || 'begins', ...(slow === undefined ? [] : [style('yellow', slow)])].join(' · ')}`;
    });
    if (throttle) {
      const limits = (['read', 'write'] as const).flatMap((kind) =>
        throttle[kind] === null ? [] : [`${kind} ${limitText(throttle[kind])}`],
      );
      const { by, at, reason } = throttle;
      const why = reason === null ? '' : ` (${reason})`;
      lines.push(`${id}: throttled to ${limits.join(', ')} by ${by.user}@${by.host} at ${formatTime(at)}${why}`);
    }
    if (paused) {
      const obeyed = pace.some(({ slowedBy }) => slowedBy === 'paused');
      const who = obeyed ? '' : pace.length > 0 ? '; not obeyed yet' : '; nobody is at work on it';
      lines.push(`${id}: ${style('yellow', pausedText(paused))}${who}`);
    }
    return lines;
  });
}

function rateText({ table, kind, rate, limit }: TablePace): string {
  const of = limit === null ? '' : ` of ${formatCount(limit)}`;
  return `${table} ${formatCount(rate)}${of} ${kind === 'read' ? 'RCU' : 'WCU'}/s`;
}

function limitText(limit: number | string): string {
  return typeof limit === 'number' ? `${formatCount(limit)}/s` : limit;
}
