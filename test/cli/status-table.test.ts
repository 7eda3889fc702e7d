import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { statusTable } from '../../src/cli/status-table.js';
import type { MigrationStatus } from '../../src/migrator/status-entries.js';

const migration = {
  id: '002-rename-and-add-preference-attr',
  kind: 'move',
  state: 'waiting',
  phase: 'ready',
  direction: 'up',
  flags: ['no-sync'],
  progress: { scanned: 300, changed: 300, errors: 0 },
  appliedAt: null,
  startedAt: '2026-11-24T00:51:59.000Z',
  by: { user: 'ann', host: 'dev', pid: 1 },
} as unknown as MigrationStatus;
const style = (_style: string, text: string) => `\u001b[1m${text}\u001b[22m`;

async function look(columns?: number) {
  const lines = stripVTControlCharacters(await statusTable([migration], { style, columns })).split('\n');
  const head = (lines[1] ?? '').split('│').map((cell) => cell.trim());
  return { width: lines[0]?.length ?? 0, head: head.filter((cell) => cell !== '') };
}

const full = ['migration', 'kind', 'state', 'items', 'when (UTC)', 'by'];

test('where it is no terminal, or a wide one, all columns are there', async () => {
  const whole = await look();
  expect(whole.head).toEqual(full);
  expect((await look(whole.width)).head).toEqual(full);
});

test('a narrow terminal gets what fits, and no line that breaks', async () => {
  const whole = await look();
  expect((await look(whole.width - 1)).head).toEqual(['migration', 'kind', 'state', 'items', 'when (UTC)']);
  expect((await look(100)).head).toEqual(['migration', 'state', 'items']);
  for (const columns of [100, 110, 120, 130]) expect((await look(columns)).width).toBeLessThanOrEqual(columns);
  expect((await look(20)).head).toEqual(['migration', 'state']);
});
