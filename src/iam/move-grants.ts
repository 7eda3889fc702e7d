import { writeActions } from './function-grants.js';
import type { Grant } from './grant.js';

/** What the commands of a move call, in the phases that they go through. */
export const movePhases = [
  'look',
  'prepare',
  'sync',
  'backfill',
  'verify',
  'live',
  'cutover',
  'reverse',
  'complete',
  'undo',
] as const;
export type GrantedPhase = (typeof movePhases)[number];

const streamReads = ['DescribeStream', 'GetRecords', 'GetShardIterator'];
const metaReads = ['DescribeTable', 'GetItem', 'Query'];
const metaWrites = ['PutItem', 'UpdateItem'];
const policies = ['DeleteResourcePolicy', 'GetResourcePolicy', 'PutResourcePolicy'];
const described = ['DescribeContinuousBackups', 'DescribeTable', 'DescribeTimeToLive', 'ListTagsOfResource'];
const describedIfAllowed = ['DescribeContributorInsights', 'DescribeKinesisStreamingDestination', 'GetResourcePolicy'];

/**
 * The one table of actions: what each phase of a move calls on which table. Grants with `when` are called in that case
 * only. The live sync of a process runs beside every phase from `backfill` to `reverse`.
 */
export function moveGrants(phase: GrantedPhase, keysChange = false): readonly Grant[] {
  const writes = writeActions(keysChange);
  const follow: readonly Grant[] = keysChange
    ? [
        { on: 'target', actions: ['PutItem'] },
        { on: 'target', actions: ['DeleteItem'], when: 'an item is gone, or has another key now' },
      ]
    : [{ on: 'target', actions: writes }];
  const record: readonly Grant[] = [
    { on: 'meta', actions: [...metaReads, ...metaWrites] },
    { on: 'meta', actions: ['DeleteItem'], when: 'something was on record that is done' },
  ];
  switch (phase) {
    case 'look':
      return [{ on: 'meta', actions: metaReads }];
    case 'prepare':
      return [
        ...record,
        { on: 'meta', actions: ['CreateTable'], when: 'it is not there' },
        { on: 'source', actions: [...described, ...describedIfAllowed] },
        { on: 'target', actions: ['CreateTable', 'DescribeTable'] },
        { on: 'target', actions: ['ListTagsOfResource', 'TagResource'], when: 'the source has tags' },
        {
          on: 'target',
          actions: ['DescribeContinuousBackups', 'UpdateContinuousBackups'],
          when: 'the source has point-in-time recovery',
        },
        { on: 'target', actions: ['UpdateTable'], when: 'the source has deletion protection' },
        { on: 'target', actions: [...described, ...describedIfAllowed, 'Scan'], when: 'expect: true' },
      ];
    case 'sync':
      return [...record, { on: 'source', actions: ['DescribeTable', 'UpdateTable'] }];
    case 'backfill':
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'Scan'] },
        ...follow,
        { on: 'target', actions: ['BatchGetItem'], when: 'two items claim one key' },
      ];
    case 'verify':
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'Scan'] },
        { on: 'target', actions: ['BatchGetItem', 'Scan'] },
        { on: 'target', actions: writes, when: '--repair' },
      ];
    case 'live':
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'DescribeTable'] },
        { on: 'source stream', actions: streamReads },
        { on: 'target', actions: ['DescribeTable'] },
        ...follow,
        { on: 'target', actions: ['BatchGetItem'], when: 'two items claim one key' },
      ];
    case 'cutover':
      return [
        ...record,
        { on: 'source', actions: ['DescribeTable', 'UpdateTable'] },
        { on: 'source', actions: ['DeleteItem'] },
        { on: 'source', actions: ['BatchGetItem'], when: 'items changed while writes were held back' },
        { on: 'source', actions: policies, when: 'DynamoDB has policies on tables' },
        { on: 'source stream', actions: streamReads },
        { on: 'target', actions: ['DescribeTable', 'UpdateTable'] },
        { on: 'target', actions: ['BatchGetItem'], when: 'items changed while writes were held back' },
        { on: 'target', actions: ['DescribeTimeToLive', 'UpdateTimeToLive'], when: 'the source has time to live' },
      ];
    case 'reverse':
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'DescribeTable', ...writes] },
        { on: 'target', actions: ['BatchGetItem', 'DescribeTable'] },
        { on: 'target stream', actions: streamReads },
      ];
    case 'complete':
      return [
        ...record,
        { on: 'source', actions: ['DescribeTable'] },
        { on: 'source', actions: ['UpdateTable'], when: 'its stream is on still' },
        { on: 'source', actions: ['DeleteTable'], when: '--drop-source' },
        { on: 'target', actions: ['DescribeTable', 'UpdateTable'] },
      ];
    case 'undo':
      return [
        ...record,
        { on: 'source', actions: ['DescribeTable'] },
        { on: 'source', actions: ['UpdateTable'], when: 'its stream is on still' },
        { on: 'source', actions: policies, when: 'DynamoDB has policies on tables' },
        { on: 'target', actions: ['DeleteTable', 'DescribeTable'] },
        { on: 'target', actions: ['UpdateTable'], when: 'its stream is on, or it is protected' },
        {
          on: 'target',
          actions: ['DeleteItem', ...policies],
          when: 'it is in use, and DynamoDB has policies on tables',
        },
      ];
  }
}
