import { expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type BackfillSegmentOptions, backfillSegment } from '../../src/reconcile/backfill-segment.js';
import type { Intent } from '../../src/reconcile/ports.js';
import { fakeTables, renaming, text } from './fakes.js';

const items: RawItem[] = ['a', 'b', 'c'].map((id) => ({ id: text(id), v: text('1') }));

function segment(left: readonly Intent[] = []) {
  const tables = fakeTables(renaming, items);
  const { calls, ports } = tables;
  const options: BackfillSegmentOptions = {
    ...ports,
    start: { startKey: undefined, done: false },
    intents: {
      load: async () => left,
      store: async (intents) => void calls.push(`intents ${intents.length}`),
    },
    assertSyncOn: async () => void calls.push('sync on?'),
    scanPage: async (startKey) => {
      calls.push('scan');
      const from = startKey ? items.findIndex(({ id }) => id === startKey.id) + 1 : 0;
      const page = items.slice(from, from + 2);
      const last = page.at(-1);
      return { items: page, lastKey: from + 2 < items.length && last?.id ? { id: last.id } : undefined };
    },
    waitHorizon: async () => void calls.push('horizon'),
    saveCheckpoint: async ({ done, scanned }) => void calls.push(`save ${scanned}${done ? ' done' : ''}`),
  };
  return { ...tables, options };
}

test('asks for the stream, then page after page: intents, writes, validation, checkpoint', async () => {
  const { options, calls, target } = segment();
  await backfillSegment(options);
  expect(calls).toEqual([
    'sync on?',
    ...['scan', 'intents 2', 'write 2', 'read 2', 'save 2'],
    ...['scan', 'intents 1', 'write 1', 'read 1', 'intents 0', 'save 1 done'],
  ]);
  expect(target.size).toBe(3);
});

test('does not scan while the stream is not on', async () => {
  const { options, calls } = segment();
  const off = new Error('off');
  await expect(backfillSegment({ ...options, assertSyncOn: () => Promise.reject(off) })).rejects.toBe(off);
  expect(calls).toEqual([]);
});

test('reconciles what a dead worker had under way, after the horizon, before it scans on', async () => {
  const { options, calls, target } = segment([{ unit: { id: text('gone') }, keys: [{ id: text('gone') }] }]);
  target.set('S:gone', { id: text('gone') });
  await backfillSegment({ ...options, start: { startKey: { id: items[1]?.id ?? text('') }, done: false } });
  expect(calls.slice(0, 6)).toEqual(['horizon', 'read 1', 'write 1', 'read 1', 'save 0', 'sync on?']);
  expect(target.has('S:gone')).toBe(false);
});

test('a segment that was done only has its slot cleared', async () => {
  const { options, calls } = segment([{ unit: { id: text('a') }, keys: [{ id: text('a') }] }]);
  await backfillSegment({ ...options, start: { startKey: undefined, done: true } });
  expect(calls.at(-1)).toBe('intents 0');
  expect(calls).not.toContain('scan');
});

test('unknown outcomes are an obligation before the checkpoint is saved', async () => {
  const { options, calls } = segment();
  await backfillSegment({
    ...options,
    writeTarget: async (writes) => (await options.writeTarget(writes)).map((outcome) => ({ ...outcome, late: true })),
  });
  expect(calls.slice(2, 7)).toEqual(['intents 2', 'write 2', 'read 2', 'add reconcile', 'save 2']);
});

test('stops between pages', async () => {
  const { options, calls } = segment();
  const stop = new AbortController();
  const saveCheckpoint: typeof options.saveCheckpoint = async () => stop.abort();
  const run = backfillSegment({ ...options, saveCheckpoint, signal: stop.signal });
  await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(calls.filter((call) => call === 'scan')).toHaveLength(1);
  // Whoever goes on need not wait for the horizon.
  expect(calls.at(-1)).toBe('intents 0');
});

test('stopped before its first page, it leaves what a dead worker had under way on record', async () => {
  const { options, calls } = segment();
  const run = backfillSegment({ ...options, signal: AbortSignal.abort() });
  await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(calls).toEqual(['sync on?']);
});
