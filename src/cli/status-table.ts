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
    const { id, kind, state, flags, progress, appliedAt, startedAt, by } = migration;
    table.push([
      id,
      kind,
      [style(stateStyles[state], stateText(migration)), ...flags.map((flag) => style('red', flag))].join(' '),
      progress ? itemsText(migration) : '',
      formatTime(appliedAt ?? startedAt ?? ''),
      by ? `${by.user}@${by.host}` : '',
    ]);
  }
  return table.toString();
}

/** What a move waits for, and what a migration that stopped was about. */
function stateText({ state, phase, direction }: MigrationStatus): string {
  if (state === 'waiting' && phase === 'sync') return 'waiting for its sync function';
  if (state === 'waiting' && phase === 'ready') return 'waiting for cutover';
  if (state === 'waiting' && phase === 'reverse') return 'cut over, waiting for complete';
  if (direction === 'down' && state !== 'reverting') return `${state} on its way down`;
  return state;
}

/** An unfinished migration does not know how many there will be. */
function itemsText({ state, progress }: MigrationStatus): string {
  const { changed = 0, scanned = 0 } = progress ?? {};
  const finished = state === 'applied' || state === 'baseline' || state === 'waiting';
  return `${formatCount(changed)} of ${formatCount(scanned)}${finished ? '' : ' so far'}`;
}
