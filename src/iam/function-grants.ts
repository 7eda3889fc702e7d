import type { Grant } from './grant.js';

/** What a sync function writes with: where keys change, each item on condition of its owner. */
export function writeActions(keysChange: boolean): string[] {
  return keysChange ? ['DeleteItem', 'PutItem'] : ['BatchWriteItem'];
}

/** The actions of the function that keeps one table of a move level with the other. */
export function syncFunctionGrants(direction: 'up' | 'down', keysChange: boolean): Grant[] {
  const [leads, follows] = direction === 'up' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  // Who owns a contested key is asked of the item there, and a way back is made of the old item.
  const readsWhatItWrites = keysChange || direction === 'down';
  return [
    { on: 'meta', actions: ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] },
    { on: leads, actions: ['BatchGetItem', 'DescribeTable'] },
    {
      on: follows,
      actions: [...writeActions(keysChange), ...(readsWhatItWrites ? ['BatchGetItem'] : []), 'DescribeTable'].sort(),
    },
    { on: `${leads} stream`, actions: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'] },
  ];
}

/** The actions of a worker of the backfill. */
export function workerGrants(keysChange: boolean): Grant[] {
  return [
    { on: 'meta', actions: ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] },
    { on: 'source', actions: ['BatchGetItem', 'DescribeTable', 'Scan'] },
    { on: 'target', actions: ['DescribeTable', ...writeActions(keysChange)] },
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
