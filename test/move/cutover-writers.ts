import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { text, type World } from './cutover-world.js';
import { until } from './live-move.js';

/** What a key was last acknowledged with. */
interface Acknowledged {
  /** Grows with every write of the key. `deleted` is what came of it. */
  readonly n: number;
  readonly deleted: boolean;
  readonly table: string;
  /** As the old table had it when it was written there last; `undefined` where a delete came in between. */
  readonly secret: string | undefined;
}

export interface Writers {
  /** How many writes a table has acknowledged. */
  readonly count: (table: string) => number;
  /** Resolves when a table has acknowledged so many more from now on. */
  readonly more: (table: string, writes: number) => Promise<void>;
  /** Ends when the write that each of them is at was acknowledged. */
  readonly stop: () => Promise<void>;
  /** The last acknowledged write of each key is what the table has, and nothing else of theirs is there. */
  readonly expectAllIn: (table: string) => Promise<void>;
}

const pauseMs = 60;
const keysEach = 6;

/**
 * Applications that do what `createTableResolver` asks of them: they resolve before each write, and write the form of
 * the table that they were told. Each has keys of its own, so what it wrote last is what has to be there.
 */
export function startWriters(world: World, { writers = 3 }: { writers?: number } = {}): Writers {
  const resolve = world.resolver();
  const acknowledged = new Map<string, Acknowledged>();
  const counts = new Map<string, number>();
  const failures: unknown[] = [];
  let stopped = false;

  async function write(key: string, n: number): Promise<void> {
    const deletes = n % 4 === 3;
    const last = acknowledged.get(key);
    for (;;) {
      try {
        const table = await resolve('NOTES', 'write');
        const isOld = table === world.source;
        const secret = `secret-${key}-${n}`;
        if (deletes) await remove(world.client, table, key);
        else await put(world.client, table, isOld ? oldForm(key, n, secret) : newForm(key, n));
        const kept = deletes ? undefined : isOld ? secret : last?.secret;
        acknowledged.set(key, { n, deleted: deletes, table, secret: kept });
        counts.set(table, (counts.get(table) ?? 0) + 1);
        return;
      } catch (error) {
        // A writer tries until it was told that the write is made; only what is wrong with the test itself ends it.
        if ((error as Error).name === 'ResourceNotFoundException') throw error;
        if (stopped) throw error;
      }
    }
  }

  async function run(writer: number): Promise<void> {
    for (let n = 0; !stopped; n++) {
      for (let key = 0; key < keysEach && !stopped; key++) {
        await write(`writer-${writer}-${key}`, n);
        await new Promise((done) => setTimeout(done, pauseMs));
      }
    }
  }

  const running = Array.from({ length: writers }, (_, writer) =>
    run(writer).catch((error: unknown) => {
      failures.push(error);
    }),
  );
  const count = (table: string) => counts.get(table) ?? 0;
  return {
    count,
    async more(table, writes) {
      const enough = count(table) + writes;
      await until(async () => failures.length > 0 || count(table) >= enough, 50);
      expect(failures).toEqual([]);
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
      expect(failures).toEqual([]);
    },
    async expectAllIn(table) {
      const items = await world.items(table);
      const isOld = table === world.source;
      const wrong: string[] = [];
      for (const [key, { n, deleted, secret, table: where }] of acknowledged) {
        const found = items.get(key);
        const wanted = deleted ? undefined : isOld ? oldForm(key, n, secret ?? text(found?.secret)) : newForm(key, n);
        if (wanted && isOld && secret === undefined && found?.secret === undefined) delete wanted.secret;
        if (JSON.stringify(sorted(found)) !== JSON.stringify(sorted(wanted))) {
          wrong.push(`${key} ${n}, written to ${where}: ${JSON.stringify(found)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(acknowledged.size).toBeGreaterThanOrEqual(writers * keysEach);
      expect([...items.keys()].filter((key) => key.startsWith('writer-') && !acknowledged.has(key))).toEqual([]);
    },
  };
}

function oldForm(key: string, n: number, secret: string): Record<string, RawItem[string]> {
  return { id: { S: key }, kind: { S: 'live' }, n: { N: `${n}` }, note: { S: `note-${n}` }, secret: { S: secret } };
}

function newForm(key: string, n: number): Record<string, RawItem[string]> {
  return {
    id: { S: key },
    kind: { S: 'live' },
    n: { N: `${n}` },
    remark: { S: `note-${n}` },
    channel: { S: 'EMAIL' },
  };
}

function sorted(item: RawItem | undefined) {
  return item && Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
}

async function put(client: DynamoDBClient, TableName: string, Item: RawItem): Promise<void> {
  await client.send(new PutItemCommand({ TableName, Item }));
}

async function remove(client: DynamoDBClient, TableName: string, key: string): Promise<void> {
  await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: key } } }));
}
