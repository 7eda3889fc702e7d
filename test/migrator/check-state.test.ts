import { expect, test } from 'vitest';
import type { LedgerRow } from '../../src/ledger/rows.js';
import { checkState } from '../../src/migrator/check-state.js';
import type { LoadedMigration } from '../../src/migrator/migration.js';
import { file, row, unfinished } from './state.js';

const totals = { scanned: 10, changed: 0, errors: 0, readUnits: 1, writeUnits: 0 };

test.each<[string, LoadedMigration[], LedgerRow[], string[]]>([
  ['nothing yet', [], [], []],
  ['all applied', [file('001-a'), file('002-b')], [row('001-a'), row('002-b')], []],
  ['pending after applied', [file('001-a'), file('002-b')], [row('001-a')], []],
  ['a number without leading zeros', [file('9-a'), file('010-b')], [row('9-a')], []],
  ['changed after it was applied', [file('001-a', { checksum: 'other' })], [row('001-a')], ['CHECKSUM_MISMATCH 001-a']],
  [
    'changed after the baseline',
    [file('001-a', { checksum: 'other' })],
    [row('001-a', { state: 'baseline' })],
    ['CHECKSUM_MISMATCH 001-a'],
  ],
  [
    'changed while it runs',
    [file('001-a', { checksum: 'other' })],
    [unfinished('001-a', { state: 'running' })],
    ['CHECKSUM_MISMATCH 001-a'],
  ],
  [
    'interrupted and changed',
    [file('001-a', { checksum: 'other' })],
    [unfinished('001-a', { state: 'interrupted' })],
    ['CHECKSUM_MISMATCH 001-a'],
  ],
  ['failed steps, mended', [file('001-a', { checksum: 'other' })], [unfinished('001-a')], []],
  [
    'steps that failed on their way down, mended',
    [file('001-a', { checksum: 'other' })],
    [row('001-a', { state: 'failed', direction: 'down' })],
    ['CHECKSUM_MISMATCH 001-a'],
  ],
  [
    'items half rewritten, mended',
    [file('001-a', { checksum: 'other' })],
    [unfinished('001-a', { kind: 'in-place', totals: { ...totals, changed: 1 } })],
    ['CHECKSUM_MISMATCH 001-a'],
  ],
  [
    'perhaps written, mended',
    [file('001-a', { checksum: 'other' })],
    [unfinished('001-a', { kind: 'in-place', totals })],
    ['CHECKSUM_MISMATCH 001-a'],
  ],
  ['an applied one without a file', [], [row('001-a')], ['MIGRATION_MISSING 001-a']],
  ['a baseline without files', [], [row('001-a', { state: 'baseline' })], []],
  ['a late older file', [file('001-a'), file('002-b')], [row('002-b')], ['OUT_OF_ORDER 001-a']],
  ['older than one that is unfinished', [file('001-a'), file('002-b')], [unfinished('002-b')], ['OUT_OF_ORDER 001-a']],
  ['9 is before 010', [file('9-a'), file('010-b')], [row('010-b')], ['OUT_OF_ORDER 9-a']],
  [
    'several',
    [file('001-a'), file('002-b', { checksum: 'other' })],
    [row('002-b'), row('003-c')],
    ['CHECKSUM_MISMATCH 002-b', 'MIGRATION_MISSING 003-c', 'OUT_OF_ORDER 001-a'],
  ],
])('%s', (_what, files, rows, expected) => {
  const problems = checkState({ files, rows });
  expect(problems.map(({ code, migration }) => `${code} ${migration}`)).toEqual(expected);
  for (const { exitCode, fix, migration } of problems) {
    expect(exitCode).toBe(4);
    expect(fix).toContain(`migrate ${fix?.includes('baseline') ? 'baseline' : 'repair'} ${migration} --reason`);
  }
});
