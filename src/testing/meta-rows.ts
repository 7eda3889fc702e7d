import { DeleteItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RawItem } from '../item/attribute-value.js';
import { currentActor } from '../ledger/actor.js';
import { breakLock } from '../ledger/break-lock.js';
import { openHistory } from '../ledger/history.js';
import { openMetaTable } from '../ledger/meta-table.js';
import { syncLockKey } from '../ledger/sync-lease.js';
import type { MigrationUnderTest } from './open-migration.js';

/** Frees the locks that a run left which the test has killed: it is dead for certain, so nobody need wait for its lease. */
export async function freeLocks({ id, client, metaTable }: MigrationUnderTest): Promise<void> {
  const table = openMetaTable({ client, tableName: metaTable });
  if ((await table.describe()) === 'missing') return;
  const options = {
    table,
    history: openHistory({ table }),
    reason: 'the test killed its holder',
    actor: currentActor({}),
  };
  await breakLock(options);
  await breakLock({ ...options, key: syncLockKey(id) });
}

/**
 * Makes an applied migration look as though its process had died just before the end: no step is done, no page is
 * saved. What it made stays recorded.
 */
export async function forgetProgress({ id, client, metaTable, definition }: MigrationUnderTest): Promise<void> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: metaTable, ConsistentRead: true }));
  for (const { pk, sk } of Items as RawItem[]) {
    if (!pk || !sk || !('S' in pk) || !('S' in sk)) continue;
    const Key = { pk, sk };
    const isLedger = pk.S === 'ledger' && sk.S === `migration#${id}`;
    if (isLedger && definition.kind === 'steps') {
      await client.send(
        new UpdateItemCommand({
          TableName: metaTable,
          Key,
          UpdateExpression: 'SET #state = :running REMOVE #order, #at',
          ExpressionAttributeNames: { '#state': 'state', '#order': 'order', '#at': 'appliedAt' },
          ExpressionAttributeValues: { ':running': { S: 'running' } },
        }),
      );
    } else if (pk.S === `steps#${id}`) {
      await client.send(
        new UpdateItemCommand({
          TableName: metaTable,
          Key,
          UpdateExpression: 'REMOVE #done',
          ExpressionAttributeNames: { '#done': 'doneAt' },
        }),
      );
    } else if (isLedger || pk.S.startsWith(`checkpoints#${id}`)) {
      await client.send(new DeleteItemCommand({ TableName: metaTable, Key }));
    }
  }
}
