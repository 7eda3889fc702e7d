import { expect, test } from 'vitest';
import { type ReadRangeOptions, readRange } from '../../../src/dynamodb/streams/read-range.js';

const range = { streamArn: 'arn', shardId: 'shard', from: '10', to: '13' };

/** A shard that answers these pages, whatever it is asked. */
function shardOf(...pages: readonly (readonly number[])[]) {
  const left = [...pages];
  const send = async (command: { readonly constructor: { readonly name: string } }) => {
    if (command.constructor.name === 'GetShardIteratorCommand') return { ShardIterator: 'next' };
    const numbers = left.shift() ?? [];
    const Records = numbers.map((SequenceNumber) => ({ dynamodb: { SequenceNumber: `${SequenceNumber}` } }));
    return { Records, ...(left.length > 0 && { NextShardIterator: 'next' }) };
  };
  return { send } as never;
}

test.each([
  ['in one page', [[10, 11, 13, 14]], 'read', [10, 11, 13]],
  ['in several, with an empty one between', [[], [10], [], [12, 13]], 'read', [10, 12, 13]],
  ['whose end is gone', [[10, 11]], 'gone', [10, 11]],
  // What is left of it is given all the same.
  ['whose beginning is gone', [[12, 13]], 'gone', [12, 13]],
  ['all of which is gone', [[14, 15]], 'gone', []],
] as const)('a range %s', async (_what, pages, answer, given) => {
  const records: number[] = [];
  const onRecords: ReadRangeOptions['onRecords'] = async (page) => {
    records.push(...page.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber)));
  };
  expect(await readRange({ client: shardOf(...pages), range, onRecords })).toBe(answer);
  expect(records).toEqual(given);
});
