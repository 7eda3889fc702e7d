import fc from 'fast-check';
import { expect, it } from 'vitest';
import { following } from './following.js';

interface ShardPlan {
  /** Which of the shards before it is the parent, if any. */
  readonly parent: number | undefined;
  readonly records: number;
  readonly emptyFirst: number;
  readonly listedFrom: number;
}

const shardPlan: fc.Arbitrary<ShardPlan> = fc.record({
  parent: fc.option(fc.nat(20), { nil: undefined, freq: 5 }),
  records: fc.nat(6),
  emptyFirst: fc.nat(2),
  listedFrom: fc.nat(3),
});

const faults = [
  'LimitExceededException',
  'ExpiredIteratorException',
  'ThrottlingException',
  'TimeoutError',
  undefined,
  undefined,
  undefined,
];

/** Numbers that end: afterwards nothing fails any more. */
const script = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 25 }).map((list) => () => list.shift());

it('hands over every record, those of a shard in order, a parent’s before its children’s, through faults and kills', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(shardPlan, { minLength: 1, maxLength: 8 }),
      fc.record({ batchSize: fc.integer({ min: 1, max: 4 }), parallel: fc.integer({ min: 1, max: 3 }) }),
      fc.integer({ min: 1, max: 3 }),
      script(fc.constantFrom(...faults)),
      script(fc.constantFrom('throw', 'partial', 'kill', 'stop', 'lose the save', 'late', undefined, undefined)),
      async (plans, options, pageSize, nextFault, nextMishap) => {
        const world = following();
        const { stream, clock, checkpoints } = world;
        stream.pageSize = pageSize;
        const parents = new Map<string, string>();
        plans.forEach(({ parent, records, emptyFirst, listedFrom }, index) => {
          const parentId = parent === undefined || index === 0 ? undefined : `s${parent % index}`;
          if (parentId !== undefined) parents.set(`s${index}`, parentId);
          // A child is listed no earlier than its parent.
          const from = Math.max(listedFrom, stream.shards.get(parentId ?? '')?.listedFrom ?? 0);
          stream.shard(`s${index}`, { records, emptyFirst, listedFrom: from, ...(parentId && { parent: parentId }) });
        });
        for (const parentId of parents.values()) (stream.shards.get(parentId) ?? { closed: false }).closed = true;
        stream.fail = (op) => {
          const fault = nextFault();
          // An iterator is what the other requests do not have; the first listing is not tried for ever.
          return op === 'list' || (op === 'open' && fault === 'ExpiredIteratorException') ? undefined : fault;
        };

        let stop = new AbortController();
        let mishap: string | undefined;
        checkpoints.failSave = ({ sequenceNumber }) =>
          mishap === 'lose the save' && sequenceNumber !== undefined ? new Error('killed before the save') : undefined;
        world.handle = async (records) => {
          mishap = nextMishap();
          if (mishap === 'throw') throw new Error('handle');
          if (mishap === 'kill') stop.abort();
          if (mishap === 'stop') setImmediate(() => stop.abort());
          if (mishap === 'late') await clock.sleep(3_000);
          const middle = records[Math.floor(records.length / 2)]?.dynamodb?.SequenceNumber ?? '';
          return mishap === 'partial' ? { batchItemFailures: [{ itemIdentifier: middle }] } : undefined;
        };
        for (let life = 1; ; life++) {
          stop = new AbortController();
          const result = await world
            .follow({ ...options, signal: stop.signal, until: () => listedEnough(stream, plans) })
            .catch((error: Error) => {
              expect(error.message).toBe('killed before the save');
              return undefined;
            });
          expect(result?.gaps ?? []).toEqual([]);
          if (result?.outcome === 'until') break;
          expect(life).toBeLessThan(40);
        }

        for (const shardId of stream.shards.keys()) {
          const numbers = world.handled.filter(([shard]) => shard === shardId).map(([, number]) => number);
          // Repetitions begin again somewhere behind; the first time each one comes is in order, and none is missing.
          expect([...new Set(numbers)]).toEqual(stream.numbers(shardId));
        }
        const orderOf = (shardId: string) =>
          world.handled.flatMap(([shard], index) => (shard === shardId ? [index] : []));
        for (const [child, parent] of parents) {
          const firstOfChild = orderOf(child)[0] ?? Number.POSITIVE_INFINITY;
          expect(Math.max(-1, ...orderOf(parent))).toBeLessThan(firstOfChild);
        }
      },
    ),
    { numRuns: 150 },
  );
});

function listedEnough(stream: ReturnType<typeof following>['stream'], plans: readonly ShardPlan[]): boolean {
  const listings = stream.calls.filter(({ op }) => op === 'list').length;
  return listings > plans.length * 4 + 3 * plans.length;
}
