import { describe, expect, test } from 'vitest';
import type { MigrateError } from '../../src/errors.js';
import type { LedgerRow } from '../../src/ledger/rows.js';
import { type PlanOptions, planDown, planUp } from '../../src/migrator/plan.js';
import { file, row, unfinished } from './state.js';

const files = ['001-a', '002-b', '003-c', '004-d'].map((id) => file(id));
const error = (code: string, migration?: string) =>
  expect.objectContaining({ code, ...(migration !== undefined && { migration }) }) as MigrateError;

describe('planUp', () => {
  test.each<[string, LedgerRow[], PlanOptions, string[]]>([
    ['everything, the first time', [], {}, ['001-a', '002-b', '003-c', '004-d']],
    ['what is pending', [row('001-a'), row('002-b')], {}, ['003-c', '004-d']],
    ['nothing', files.map(({ id }) => row(id)), {}, []],
    ['a failed one first, then the pending', [row('001-a'), unfinished('002-b')], {}, ['002-b', '003-c', '004-d']],
    ['an interrupted one', [unfinished('001-a', { state: 'interrupted' })], { step: 1 }, ['001-a']],
    ['one whose process died', [unfinished('001-a', { state: 'running' })], { step: 1 }, ['001-a']],
    ['not what the baseline covers', [row('001-a', { state: 'baseline' })], {}, ['002-b', '003-c', '004-d']],
    ['a late older one that the ledger lets pass', [row('002-b')], { to: '002-b' }, ['001-a']],
    ['up to one', [row('001-a')], { to: '003-c' }, ['002-b', '003-c']],
    ['up to one, by its number', [row('001-a')], { to: '003' }, ['002-b', '003-c']],
    ['up to one, by its number without zeros', [row('001-a')], { to: '3' }, ['002-b', '003-c']],
    ['up to one that is applied: nothing', [row('001-a'), row('002-b')], { to: '001-a' }, []],
    ['at most so many', [], { step: 2 }, ['001-a', '002-b']],
    ['both: whichever ends first', [], { step: 3, to: '002-b' }, ['001-a', '002-b']],
  ])('%s', (_what, rows, options, expected) => {
    expect(planUp({ files, rows }, options).map(({ id }) => id)).toEqual(expected);
  });

  test('an unknown --to names those that there are', () => {
    expect(() => planUp({ files, rows: [] }, { to: '009-x' })).toThrow(error('UNKNOWN_MIGRATION'));
    expect(() => planUp({ files: [], rows: [] }, { to: '009-x' })).toThrow(error('UNKNOWN_MIGRATION'));
  });

  test('one that is half taken back comes first, by down', () => {
    const rows = [row('001-a'), row('002-b', { state: 'failed', direction: 'down' })];
    expect(() => planUp({ files, rows }, {})).toThrow(error('MIGRATION_UNFINISHED', '002-b'));
  });
});

describe('planDown', () => {
  const applied = files.map(({ id }) => row(id));

  test.each<[string, LedgerRow[], PlanOptions, string[]]>([
    ['nothing, where nothing is applied', [], {}, []],
    ['the last one', applied, {}, ['004-d']],
    ['so many', applied, { step: 2 }, ['004-d', '003-c']],
    ['more than there are', applied, { step: 9 }, ['004-d', '003-c', '002-b', '001-a']],
    ['back to one, which stays', applied, { to: '002-b' }, ['004-d', '003-c']],
    ['back to one, by its number', applied, { to: '002' }, ['004-d', '003-c']],
    ['back to the last: nothing', applied, { to: '004-d' }, []],
    ['back to one, but at most so many', applied, { to: '001-a', step: 1 }, ['004-d']],
    ['everything', applied, { to: '0' }, ['004-d', '003-c', '002-b', '001-a']],
    [
      'the one applied last, not the one with the highest number',
      [row('001-a', { order: 2 }), row('002-b', { order: 1 })],
      {},
      ['001-a'],
    ],
    ['a half applied one first', [row('001-a'), unfinished('002-b')], {}, ['002-b']],
    [
      'one half taken back goes on',
      [row('001-a'), row('002-b', { state: 'interrupted', direction: 'down' })],
      {},
      ['002-b'],
    ],
    [
      'a half applied one, then others',
      [row('001-a'), row('002-b'), unfinished('003-c')],
      { step: 2 },
      ['003-c', '002-b'],
    ],
    [
      'everything but the baseline',
      [row('001-a', { state: 'baseline' }), row('002-b'), row('003-c')],
      { to: '0' },
      ['003-c', '002-b'],
    ],
    ['back to the baseline', [row('001-a', { state: 'baseline' }), row('002-b')], { to: '001-a' }, ['002-b']],
  ])('%s', (_what, rows, options, expected) => {
    expect(planDown({ files, rows }, options).map(({ id }) => id)).toEqual(expected);
  });

  test.each<[string, PlanOptions]>([
    ['the last', {}],
    ['one in the middle', { to: '001-a' }],
    ['all', { to: '0' }],
  ])('an irreversible one refuses the whole plan: %s', (what, options) => {
    const at = what === 'the last' ? '004-d' : '003-c';
    const some = files.map((one) => (one.id === at ? file(at, { irreversible: 'it is gone' }) : one));
    expect(() => planDown({ files: some, rows: applied }, options)).toThrow(error('IRREVERSIBLE', at));
    expect(() => planDown({ files: some, rows: applied }, options)).toThrow(/it is gone/);
  });

  test('the baseline is not taken back, and can be gone back to', () => {
    const rows = [row('001-a', { state: 'baseline' }), row('002-b')];
    expect(planDown({ files, rows: rows.slice(0, 1) }, {})).toEqual([]);
    expect(planDown({ files, rows }, { to: '0' }).map(({ id }) => id)).toEqual(['002-b']);
    expect(planDown({ files, rows }, { to: '001-a' }).map(({ id }) => id)).toEqual(['002-b']);
    // Recorded after 002, it is the youngest of the ledger, and still no obstacle.
    const late = [row('001-a', { state: 'baseline', order: 3 }), row('002-b')];
    expect(planDown({ files, rows: late }, {}).map(({ id }) => id)).toEqual(['002-b']);
  });

  test('back to one that is not applied', () => {
    expect(() => planDown({ files, rows: [row('001-a')] }, { to: '002-b' })).toThrow(error('UNKNOWN_MIGRATION'));
  });

  test('without a file there is no way back', () => {
    expect(() => planDown({ files: [], rows: [row('001-a')] }, {})).toThrow(error('MIGRATION_MISSING', '001-a'));
  });
});
