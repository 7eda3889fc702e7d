import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { handleStreamRecords } from '../../src/reconcile/handle-stream-records.js';
import type { Obligation } from '../../src/reconcile/ports.js';
import { byMail, fakeTables, renaming, text } from '../reconcile/fakes.js';

const sane: RawItem = { id: text('sane'), v: text('1'), mail: text('m') };
const saneRecord = (SequenceNumber: string) => ({
  eventName: 'INSERT',
  dynamodb: { SequenceNumber, Keys: { id: sane.id }, NewImage: sane },
});

/** A record that is nearly one: each part is right, is something else, or is missing. */
const wrong = fc.oneof(fc.anything({ maxDepth: 2 }), fc.constant(undefined));
const value = fc.oneof(
  fc.record({ S: fc.string() }),
  fc.record({ N: fc.oneof(fc.integer().map(String), fc.string()) }),
  fc.record({ B: fc.string() }),
  fc.record({ S: fc.string(), N: fc.string() }),
  wrong,
);
const image = fc.oneof(fc.dictionary(fc.constantFrom('id', 'v', 'mail', '__proto__'), value), wrong);
const nearlyRecord = fc.record(
  {
    eventName: fc.oneof(fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'), wrong),
    dynamodb: fc.oneof(
      fc.record(
        {
          SequenceNumber: fc.oneof(fc.nat({ max: 40 }).map(String), wrong),
          Keys: image,
          NewImage: image,
          OldImage: image,
        },
        { requiredKeys: [] },
      ),
      wrong,
    ),
  },
  { requiredKeys: [] },
);
const batch = fc.array(fc.oneof({ weight: 4, arbitrary: nearlyRecord }, { weight: 1, arbitrary: wrong }), {
  maxLength: 6,
});

const numbersOf = (records: readonly unknown[]) =>
  records.map(
    (record) => (record as { dynamodb?: { SequenceNumber?: unknown } } | undefined)?.dynamodb?.SequenceNumber,
  );

test('10,000 malformed batches: what can be read is handled, the rest is parked, and nothing is thrown', async () => {
  let parked = 0;
  await fc.assert(
    fc.asyncProperty(batch, fc.constantFrom(renaming, byMail), async (broken, mapping) => {
      const { ports, stored, target } = fakeTables(mapping, [sane]);
      const records = [...broken, saneRecord('41')];
      expect(await handleStreamRecords(records, ports)).toEqual({ batchItemFailures: [] });
      expect([...target.values()].some((item) => JSON.stringify(item).includes('"1"'))).toBe(true);
      const obligations = [...stored.values()].map(({ obligation }) => obligation);
      const misshapen = obligations.filter((one: Obligation) => one.kind === 'misshapen');
      parked += misshapen.length;
    }),
    { numRuns: 10_000 },
  );
  // The generator really makes records that cannot be read.
  expect(parked).toBeGreaterThan(10_000);
}, 120_000);

test('where nothing can be stored, the lowest number is reported, or the batch is thrown as a whole', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (broken) => {
      const { ports } = fakeTables(renaming, [sane]);
      const refused = { ...ports.obligations, add: () => Promise.reject(new Error('throttled')) };
      const records = [...broken, saneRecord('41')];
      const answer = await handleStreamRecords(records, { ...ports, obligations: refused }).catch(
        (error: Error) => error.message,
      );
      const numbers = numbersOf(records);
      const unnumbered = numbers.some((number) => typeof number !== 'string' || !/^\d+$/.test(number));
      if (unnumbered) expect(answer).toBe('throttled');
      else {
        const lowest = [...numbers].sort((a, b) => Number(a) - Number(b))[0];
        expect(
          Number((answer as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures[0]?.itemIdentifier),
        ).toBe(Number(lowest));
      }
    }),
    { numRuns: 2_000 },
  );
}, 60_000);
