import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handleStreamRecords } from '../../src/reconcile/handle-stream-records.js';
import { byMail, fakeTables, renaming, text } from './fakes.js';

type Image = Readonly<Record<string, unknown>>;

function record(sequence: string, before: Image | undefined, after: Image | undefined, keys?: Image) {
  return {
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    dynamodb: {
      Keys: keys ?? { id: (after ?? before)?.id },
      SequenceNumber: sequence,
      ...(before ? { OldImage: before } : {}),
      ...(after ? { NewImage: after } : {}),
    },
  };
}

const item = (id: string, v: string) => ({ id: text(id), v: text(v) });

test('the records of an item are one unit, guessed from the newest, whatever their order', async () => {
  const { ports, calls, target } = fakeTables(renaming, [item('a', '3'), item('b', '1')]);
  const records = [
    record('0000000000000000000012', item('a', '2'), item('a', '3')),
    record('9', undefined, item('a', '2')),
    record('10', undefined, item('b', '1')),
  ];
  expect(await handleStreamRecords(records, ports)).toEqual({ batchItemFailures: [] });
  expect(calls).toEqual(['add reconcile', 'write 2', 'read 2', 'remove']);
  expect(target.size).toBe(2);
});

test('a deletion by TTL deletes', async () => {
  const { ports, target } = fakeTables(renaming, []);
  target.set('S:a', { id: text('a') });
  const expired = {
    ...record('1', item('a', '1'), undefined),
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  };
  await handleStreamRecords([expired], ports);
  expect(target.size).toBe(0);
});

test('keys are enough where the move keeps them, and binary keys come in base64', async () => {
  const key = { B: Uint8Array.from([1, 2]) };
  const { ports, target } = fakeTables(renaming, [{ id: key, v: text('1') }]);
  const base64 = record('1', undefined, undefined, { id: { B: 'AQI=' } });
  await handleStreamRecords([{ ...base64, eventName: 'MODIFY' }], ports);
  expect([...target.values()]).toEqual([{ id: key, w: text('1') }]);
});

test('a failure is reported by the lowest sequence number, as the stream wrote it; its obligation stays', async () => {
  const { ports, stored } = fakeTables(renaming, []);
  const errors: unknown[] = [];
  const down = new Error('down');
  const answer = await handleStreamRecords(
    [record('0100', undefined, item('b', '1')), record('0020', undefined, item('a', '1'))],
    { ...ports, writeTarget: () => Promise.reject(down), onError: (error) => void errors.push(error) },
  );
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '0020' }] });
  expect(errors).toEqual([down]);
  expect([...stored.values()][0]?.obligation).toMatchObject({ kind: 'reconcile', inFlight: true });
});

test('an unknown outcome keeps the batch as an obligation', async () => {
  const { ports, stored } = fakeTables(renaming, [item('a', '1')]);
  const writeTarget: typeof ports.writeTarget = async (writes) =>
    (await ports.writeTarget(writes)).map((outcome) => ({ ...outcome, late: true }));
  expect(await handleStreamRecords([record('1', undefined, item('a', '1'))], { ...ports, writeTarget })).toEqual({
    batchItemFailures: [],
  });
  expect(stored.size).toBe(1);
});

test('a batch whose keys are too large for one obligation has several, all before its first write', async () => {
  const { ports, calls, stored } = fakeTables(renaming, []);
  const long = (index: number) => ({ id: text(String(index).padEnd(2000, '-')) });
  const records = Array.from({ length: 120 }, (_, index) => record(String(index), long(index), undefined));
  expect(await handleStreamRecords(records, ports)).toEqual({ batchItemFailures: [] });
  const [first, ...others] = calls;
  expect(first).toBe('add reconcile,reconcile,reconcile');
  expect(others).toEqual(['write 120', 'read 120', 'remove', 'remove', 'remove']);
  expect(stored.size).toBe(0);
});

test('a misshapen record is parked as it is; one without images too, where keys change', async () => {
  const { ports, stored, target } = fakeTables(byMail, [{ id: text('a'), mail: text('x') }]);
  const noImages = { eventName: 'MODIFY', dynamodb: { Keys: { id: text('a') }, SequenceNumber: '2' } };
  const good = record('3', undefined, { id: text('a'), mail: text('x') });
  expect(await handleStreamRecords([null, noImages, good], ports)).toEqual({ batchItemFailures: [] });
  expect(target.size).toBe(1);
  expect([...stored.values()].map(({ obligation }) => obligation)).toMatchObject([
    { kind: 'misshapen', record: null },
    { kind: 'misshapen', record: noImages },
  ]);
});

test('a record that can neither be read nor parked nor reported fails the whole batch', async () => {
  const { ports } = fakeTables(renaming, []);
  const down = new Error('down');
  const obligations = { ...ports.obligations, add: () => Promise.reject(down) };
  await expect(handleStreamRecords([{}], { ...ports, obligations })).rejects.toBe(down);
});

test('nothing that looks like a record crashes the accounting', async () => {
  const misshapen = fc.oneof(
    fc.anything(),
    fc.record({ eventName: fc.anything(), dynamodb: fc.anything() }, { requiredKeys: [] }),
    fc.record({
      eventName: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE', 'OTHER'),
      dynamodb: fc.record(
        {
          Keys: fc.oneof(fc.anything(), fc.record({ id: fc.oneof(fc.anything(), fc.record({ S: fc.anything() })) })),
          SequenceNumber: fc.oneof(fc.anything(), fc.nat().map(String)),
          OldImage: fc.anything(),
          NewImage: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(misshapen, { maxLength: 5 }), async (records) => {
      const { ports, stored } = fakeTables(renaming, []);
      expect(await handleStreamRecords(records, ports)).toEqual({ batchItemFailures: [] });
      for (const { obligation } of stored.values()) expect(obligation.kind).toBe('misshapen');
    }),
    { numRuns: 500 },
  );
});
