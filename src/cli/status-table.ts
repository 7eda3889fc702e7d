import { stripVTControlCharacters } from 'node:util';
import type CliTable from 'cli-table3';
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

type Column = 'migration' | 'kind' | 'state' | 'items' | 'when (UTC)' | 'by';

const all: readonly Column[] = ['migration', 'kind', 'state', 'items', 'when (UTC)', 'by'];
/** What a narrow terminal can do without, the first first: a line that breaks is harder to read than one that is not there. */
const dispensable: readonly Column[] = ['by', 'kind', 'when (UTC)', 'items'];

/** The table that `status`, `up` and `down` end with; in a terminal with as many columns as fit into it. */
export async function statusTable(
  migrations: readonly MigrationStatus[],
  { style, columns = Number.POSITIVE_INFINITY }: Pick<Terminal, 'style'> & Partial<Pick<Terminal, 'columns'>>,
): Promise<string> {
  // `--help` and `--json` have no table.
  const { default: Table } = await import('cli-table3');
  for (let without = 0; ; without++) {
    const left = all.filter((column) => !dispensable.slice(0, without).includes(column));
    const text = render(migrations, left, { Table, style });
    if (without === dispensable.length || widthOf(text) <= columns) return text;
  }
}

function render(
  migrations: readonly MigrationStatus[],
  columns: readonly Column[],
  { Table, style }: { readonly Table: typeof CliTable; readonly style: Terminal['style'] },
): string {
  const table = new Table({
    head: columns.map((text) => style('bold', text)),
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const migration of migrations) {
    const { id, kind, state, flags, progress, appliedAt, startedAt, by } = migration;
    const cells: Record<Column, string> = {
      migration: id,
      kind,
      state: [style(stateStyles[state], stateText(migration)), ...flags.map((flag) => style('red', flag))].join(' '),
      items: progress ? itemsText(migration) : '',
      'when (UTC)': formatTime(appliedAt ?? startedAt ?? ''),
      by: by ? `${by.user}@${by.host}` : '',
    };
    table.push(columns.map((column) => cells[column]));
  }
  return table.toString();
}

function widthOf(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
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
