import type { Grant, Place } from './grant.js';

/** The cases that several parts of the table have. */
export const cases = {
  done: 'something was on record that is done',
  gone: 'an item is gone, or has another key now',
  contested: 'two items claim one key',
} as const;

/** Writes of the table that follows: batches, or, where keys change, each item on condition of its owner. */
export function writeGrants(on: Place, keysChange: boolean): Grant[] {
  if (!keysChange) return [{ on, actions: ['BatchWriteItem'] }];
  return [
    { on, actions: ['PutItem'] },
    { on, actions: ['DeleteItem'], when: cases.gone },
  ];
}

/** Lambda polls a stream with the role of the function that it feeds. */
const byMapping = 'the event source mapping';

/** The actions of the function that keeps one table of a move level with the other. */
export function syncFunctionGrants(direction: 'up' | 'down', keysChange: boolean): Grant[] {
  const [leads, follows] = direction === 'up' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  // Who owns a contested key is asked of the item there, and a way back is made of the old item.
  const reads: Grant[] =
    direction === 'down'
      ? [{ on: follows, actions: ['BatchGetItem'] }]
      : keysChange
        ? [{ on: follows, actions: ['BatchGetItem'], when: cases.contested }]
        : [];
  return [
    { on: 'meta', actions: ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] },
    { on: leads, actions: ['BatchGetItem', 'DescribeTable'] },
    { on: follows, actions: ['DescribeTable'] },
    ...writeGrants(follows, keysChange),
    ...reads,
    {
      on: `${leads} stream`,
      actions: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'],
      by: byMapping,
    },
  ];
}

/** The actions of a worker of the backfill. */
export function workerGrants(keysChange: boolean): Grant[] {
  return [
    { on: 'meta', actions: ['GetItem', 'PutItem', 'Query', 'UpdateItem'] },
    { on: 'source', actions: ['BatchGetItem', 'DescribeTable', 'Scan'] },
    { on: 'target', actions: ['DescribeTable'] },
    ...writeGrants('target', keysChange),
  ];
}

/** The actions of the function that reads batches that were given up once more, and writes down what is to be done. */
export function deadLetterGrants(direction: 'up' | 'down'): Grant[] {
  const [leads, follows] = direction === 'up' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  return [
    { on: 'meta', actions: ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'] },
    { on: leads, actions: ['DescribeTable'] },
    { on: follows, actions: ['DescribeTable'] },
    { on: `${leads} stream`, actions: ['GetRecords', 'GetShardIterator'] },
  ];
}
