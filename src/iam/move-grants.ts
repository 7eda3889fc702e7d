import { cases, writeGrants } from './function-grants.js';
import type { Grant, Place } from './grant.js';

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
  'back',
] as const;
export type GrantedPhase = (typeof movePhases)[number];

const streamReads = ['DescribeStream', 'GetRecords', 'GetShardIterator'];
const metaReads = ['DescribeTable', 'GetItem', 'Query'];
const metaWrites = ['PutItem', 'UpdateItem'];
const described = [
  'DescribeContinuousBackups',
  'DescribeContributorInsights',
  'DescribeKinesisStreamingDestination',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetResourcePolicy',
  'ListTagsOfResource',
];

/**
 * The one table of actions: what each phase of a move calls on which table. Grants with `when` are called in that case
 * only. The live sync of a process runs beside every phase from `backfill` to `reverse`.
 */
export function moveGrants(phase: GrantedPhase, keysChange = false): readonly Grant[] {
  const record: readonly Grant[] = [
    { on: 'meta', actions: [...metaReads, ...metaWrites] },
    { on: 'meta', actions: ['DeleteItem'], when: cases.done },
  ];
  switch (phase) {
    case 'look':
      return [{ on: 'meta', actions: metaReads }];
    case 'prepare':
      return [
        ...record,
        { on: 'meta', actions: ['CreateTable'], when: 'it is not there' },
        { on: 'source', actions: described },
        { on: 'target', actions: ['DescribeTable'] },
        { on: 'target', actions: ['CreateTable'], when: 'the move makes it' },
        { on: 'target', actions: ['ListTagsOfResource', 'TagResource'], when: 'the source has tags' },
        {
          on: 'target',
          actions: ['DescribeContinuousBackups', 'UpdateContinuousBackups'],
          when: 'the source has point-in-time recovery',
        },
        { on: 'target', actions: [...described, 'Scan'], when: 'expect: true' },
      ];
    case 'sync':
      return [...record, { on: 'source', actions: ['DescribeTable', 'UpdateTable'] }];
    case 'backfill':
      return [...record, { on: 'source', actions: ['BatchGetItem', 'Scan'] }, ...writeGrants('target', keysChange)];
    case 'verify':
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'Scan'] },
        { on: 'target', actions: ['BatchGetItem', 'Scan'] },
        { on: 'source', actions: ['DescribeTable'], when: alone },
        { on: 'target', actions: ['DescribeTable'], when: alone },
        ...inCase('--repair, or what differs is on record', writeGrants('target', keysChange)),
      ];
    case 'live':
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'DescribeTable'] },
        { on: 'source stream', actions: streamReads },
        { on: 'target', actions: ['DescribeTable'] },
        ...writeGrants('target', keysChange),
        { on: 'target', actions: ['BatchGetItem'], when: cases.contested },
      ];
    case 'cutover':
      return [
        ...record,
        {
          on: 'source',
          actions: ['DeleteItem', 'DescribeTable', 'GetResourcePolicy', 'PutResourcePolicy', 'UpdateTable'],
        },
        { on: 'source', actions: ['DeleteResourcePolicy'], when: 'it is given up, or nobody can be let in alone' },
        { on: 'source', actions: ['BatchGetItem'], when: changed },
        { on: 'source stream', actions: streamReads },
        { on: 'target', actions: ['DescribeTable'] },
        { on: 'target', actions: ['UpdateTable'], when: wayBack },
        { on: 'target', actions: ['BatchGetItem'], when: changed },
        ...inCase(changed, writeGrants('target', keysChange)),
        { on: 'target', actions: ['DescribeTimeToLive', 'UpdateTimeToLive'], when: 'the source has time to live' },
      ];
    case 'reverse':
      // A move to other keys has no way back.
      if (keysChange) return [];
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'DescribeTable'] },
        ...writeGrants('source', false),
        { on: 'target', actions: ['BatchGetItem', 'DescribeTable'] },
        { on: 'target stream', actions: streamReads },
      ];
    case 'complete':
      return [
        ...record,
        { on: 'source', actions: ['DescribeTable'] },
        { on: 'source', actions: ['DeleteTable'], when: '--drop-source' },
        { on: 'target', actions: ['DescribeTable'] },
        { on: 'target', actions: ['UpdateTable'], when: wayBack },
      ];
    case 'undo':
      return [
        ...record,
        { on: 'source', actions: ['DescribeTable', 'GetResourcePolicy'] },
        { on: 'source', actions: ['UpdateTable'], when: 'the move switched its stream on' },
        ...liftFence('source'),
        { on: 'target', actions: ['DescribeTable'] },
        { on: 'target', actions: ['DeleteTable'], when: 'the move made it' },
        { on: 'target', actions: ['UpdateTable'], when: 'the source had deletion protection, or a cutover was tried' },
        { on: 'target', actions: ['GetResourcePolicy'], when: 'expect: true' },
      ];
    case 'back':
      if (keysChange) return [];
      return [
        ...record,
        { on: 'source', actions: ['BatchGetItem', 'DescribeTable', 'GetResourcePolicy', 'Scan'] },
        ...writeGrants('source', false),
        ...liftFence('source'),
        {
          on: 'target',
          actions: [
            'BatchGetItem',
            'DeleteItem',
            'DescribeTable',
            'GetResourcePolicy',
            'PutResourcePolicy',
            'Scan',
            'UpdateTable',
          ],
        },
        { on: 'target', actions: ['DeleteResourcePolicy'], when: 'it stays, or the switch is given up' },
        { on: 'target stream', actions: streamReads },
      ];
  }
}

const alone = 'it is the command `verify`';
const changed = 'items changed meanwhile';
/** Of what a move without one does not need. */
export const wayBack = 'there is a way back';

function inCase(when: string, grants: readonly Grant[]): Grant[] {
  return grants.map((grant) => ({
    ...grant,
    when: grant.when === undefined ? when : `${when}, and ${grant.when}`,
  }));
}

/** A policy of ours alone is deleted; from one of others, a statement is taken out. */
function liftFence(on: Place): Grant[] {
  return [
    { on, actions: ['DeleteResourcePolicy'], when: 'writes to it are denied' },
    { on, actions: ['PutResourcePolicy'], when: 'writes to it are denied, and it has a policy of others' },
  ];
}
