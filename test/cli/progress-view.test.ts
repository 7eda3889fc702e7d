import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { createProgressView } from '../../src/cli/progress-view.js';
import type { Terminal } from '../../src/cli/terminal.js';
import type { MigrateEvent } from '../../src/migrator/events.js';

const progress: MigrateEvent = {
  type: 'progress',
  id: '002-move',
  direction: 'up',
  progress: {
    phase: 'backfill',
    scanned: 1_200_000,
    expected: undefined,
    segments: { done: 8, total: 16 },
    totals: { scanned: 1_200_000, changed: 1_200_000, errors: 0, readUnits: 150_000, writeUnits: 1_200_000 },
  },
};
const pace: MigrateEvent = {
  type: 'pace',
  id: '002-move',
  control: {},
  pace: {
    slowedBy: 'budget',
    tables: [
      {
        table: 'USER_PREFERENCESV2',
        kind: 'write',
        rate: 500,
        limit: 500,
        adapted: null,
        slowedBy: 'budget',
      },
    ],
  },
};

/** The line that was drawn last for a terminal of that many columns, as far as it has room. */
function shown(columns: number): string {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  const stderr = Object.assign(stream, { isTTY: true, columns });
  const terminal = { stderr, interactive: true, style: (_: string, plain: string) => plain, err: () => {} };
  const view = createProgressView(terminal as unknown as Terminal, { quiet: false });
  view.onEvent(progress);
  view.onEvent(pace);
  vi.advanceTimersByTime(1_000);
  view.close();
  const lines = text.split('\u001b[1G').filter((line) => line.includes('backfill'));
  return stripVTControlCharacters(lines.at(-1) ?? '').slice(0, columns);
}

test('a terminal that a killed command left without cursor and line breaks gets them back', () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const open = (interactive: boolean) => {
    createProgressView({ stderr, interactive } as unknown as Terminal, { quiet: true });
    return stderr.read()?.toString() ?? '';
  };
  expect(open(true)).toBe('\u001b[?25h\u001b[?7h');
  expect(open(false)).toBe('');
});

test('why it goes no faster is what a narrow terminal has room for', () => {
  vi.useFakeTimers();
  try {
    for (const columns of [80, 160]) {
      expect(shown(columns)).toMatch(/░ backfill · held to the budget: USER_PREFERENCESV2 500 WCU\/s/);
    }
  } finally {
    vi.useRealTimers();
  }
});

test('units of writes that the engine does not tell are left out, and not said to be none', () => {
  const end = (changed: number, writeUnits: number) => {
    let text = '';
    const err = (line: string) => {
      text += line;
    };
    const terminal = { stderr: new PassThrough(), interactive: false, style: (_: string, plain: string) => plain, err };
    const view = createProgressView(terminal as unknown as Terminal, { quiet: false });
    const totals = { scanned: 9, changed, errors: 0, readUnits: 5, writeUnits };
    view.onEvent({ type: 'finished', id: '001-a', direction: 'up', kind: 'in-place', totals, elapsedMs: 5 });
    view.close();
    return text;
  };
  expect(end(9, 0)).toMatch(/9 of 9 items changed · 5 RCU(?! · 0 WCU)/);
  expect(end(9, 9)).toContain('5 RCU · 9 WCU');
  expect(end(0, 0)).toContain('5 RCU · 0 WCU');
});
