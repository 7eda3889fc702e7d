import Table from 'cli-table3';
import type { MigrationStatus } from '../migrator/status-entries.js';
import { formatCount, formatTime } from './format.js';
import type { Terminal } from './terminal.js';

const stateStyles = {
  applied: 'green',
  baseline: 'green',
  pending: 'dim',
  running: 'cyan',
  reverting: 'cyan',
  waiting: 'cyan',
  paused: 'yellow',
  interrupted: 'yellow',
  failed: 'red',
} as const;

/** The table that `status`, `up` and `down` end with. */
export function statusTable(migrations: readonly MigrationStatus[], { style }: Pick<Terminal, 'style'>): string {
  const table = new Table({
    head: ['migration', 'kind', 'state', 'items', 'when (UTC)', 'by'].map((text) => style('bold', text)),
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const migration of migrations) {
    const { id, kind, state, direction, flags, progress, appliedAt, startedAt, by } = migration;
    const shown = direction === 'down' && state !== 'reverting' ? `${state} on its way down` : state;
    table.push([
      id,
      kind,
      [style(stateStyles[state], shown), ...flags.map((flag) => style('red', flag))].join(' '),
      progress ? itemsText(migration) : '',
      formatTime(appliedAt ?? startedAt ?? ''),
      by ? `${by.user}@${by.host}` : '',
    ]);
  }
  return table.toString();
}

/** An unfinished migration does not know how many there will be. */
function itemsText({ state, progress }: MigrationStatus): string {
  const { changed = 0, scanned = 0 } = progress ?? {};
  const finished = state === 'applied' || state === 'baseline';
  return `${formatCount(changed)} of ${formatCount(scanned)}${finished ? '' : ' so far'}`;
}
