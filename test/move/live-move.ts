import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { isMigrateError } from '../../src/errors.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { openIntents } from '../../src/ledger/intents.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { readLock } from '../../src/ledger/lock-row.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { syncLockKey } from '../../src/ledger/sync-lease.js';
import { openSyncStatus } from '../../src/ledger/sync-status.js';
import { scanAll } from './comparing.js';

/** What the meta table says of a move, as a test reads it beside the processes that work. */
export interface MoveView {
  readonly phase: () => Promise<string | undefined>;
  /** The process that holds the lock of the commands, or that of the live sync. */
  readonly holder: (lock: 'commands' | 'sync') => Promise<number | undefined>;
  /** Resolves when all that was written before was handled, and nothing is left to be done. */
  untilLevel(marker: Marker): Promise<void>;
  /** Checks, row by row, that nothing is left to be done. */
  expectNothingOpen(): Promise<void>;
}

/** An item that is written last, and the key at which it comes out. */
export interface Marker {
  readonly source: string;
  readonly item: RawItem;
  readonly target: string;
  readonly key: RawItem;
}

export function viewMove(client: DynamoDBClient, id: string): MoveView {
  const table = openMetaTable({ client, tableName: 'dynamigrate' });
  const ledger = openLedger({ table });
  const obligations = openObligations({ table });
  const intents = openIntents({ table });
  const syncStatus = openSyncStatus({ table });

  async function open(): Promise<number> {
    const counts = Object.values(await obligations.count(id));
    return counts.reduce((sum, count) => sum + count, await intents.count(id));
  }

  return {
    async phase() {
      return (await ifThere(() => ledger.get(id)))?.phase;
    },

    async holder(lock) {
      return (await ifThere(() => (lock === 'sync' ? readLock(table, syncLockKey(id)) : readLock(table))))?.pid;
    },

    async untilLevel({ source, item, target, key }) {
      await client.send(new PutItemCommand({ TableName: source, Item: item }));
      await until(
        async () => (await client.send(new GetItemCommand({ TableName: target, Key: key, ConsistentRead: true }))).Item,
      );
      const seen = (await syncStatus.get(id, 'up'))?.at;
      await until(async () => {
        const status = await syncStatus.get(id, 'up');
        return status?.caughtUp && status.at !== seen && (await open()) === 0;
      });
    },

    async expectNothingOpen() {
      const rows = await scanAll(client, 'dynamigrate');
      const left = rows.filter(({ pk, intents: stored }) => {
        const partition = pk && 'S' in pk ? pk.S : '';
        if (partition.startsWith('obligations#')) return true;
        return partition.startsWith('intents#') && stored !== undefined && !('S' in stored && stored.S === '[]');
      });
      expect(left).toEqual([]);
      expect(rows.length).toBeGreaterThan(0);
    },
  };
}

/** Asks again and again until the answer is one. */
export async function until<T>(ask: () => Promise<T | undefined | false>, everyMs = 100): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await delay(everyMs);
  }
}

/**
 * Gives a command once more when it lost its lease, as whoever runs it would: on a busy machine it may miss heartbeats.
 */
export async function goOn<T>(command: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (!isMigrateError(error, 'LEASE_LOST')) throw error;
    }
  }
}

/** A table on demand with these key attributes, partition key first. */
export async function createKeyedTable(
  client: DynamoDBClient,
  TableName: string,
  keys: Readonly<Record<string, ScalarAttributeType>>,
): Promise<void> {
  const names = Object.keys(keys);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: keys[AttributeName] })),
    }),
  );
}

/** A test looks before the meta table is made. */
async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
