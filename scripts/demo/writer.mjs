import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { keyOf, NEW, OLD, readTable, valueName } from './tables.mjs';

const loops = 4;
const pauseMs = 60;
const types = ['LANGUAGE', 'NEWSLETTER', 'THEME'];

/**
 * The application: it inserts, updates and deletes all the time, in whichever table is in use, and knows what the last
 * acknowledged write of each key was. Each loop has keys of its own, so that this is one and the same for everybody.
 */
export async function startWriter({ client, resolveTable, signal }) {
  /** Key → value as last acknowledged, `undefined` where the item has none; no entry where there is no item. */
  const expected = new Map();
  for (const [key, item] of await readTable(client, OLD)) expected.set(key, item.prefVal?.S);
  const counts = { [OLD]: 0, [NEW]: 0, insert: 0, update: 0, delete: 0, repeated: 0 };
  let longestMs = 0;
  let inUse = OLD;
  let paused = false;
  let stopped = false;
  let active = 0;

  async function write(loop) {
    for (let round = 0; !stopped && !signal.aborted; round++) {
      await delay(pauseMs);
      if (paused) continue;
      active += 1;
      try {
        await change(keyFor(loop), `write ${round} of loop ${loop}`);
      } finally {
        active -= 1;
      }
    }
  }

  async function change(key, value) {
    const kind = !expected.has(keyOf(key)) ? 'insert' : Math.random() < 0.25 ? 'delete' : 'update';
    const beganAt = performance.now();
    // A write without an answer may have been made or not: the same one again, until there is one.
    for (;;) {
      try {
        const table = await resolveTable(OLD, 'write', { signal });
        await client.send(commandFor(kind, table, key, value));
        longestMs = Math.max(longestMs, performance.now() - beganAt);
        counts[table] += 1;
        counts[kind] += 1;
        inUse = table;
        if (kind === 'delete') expected.delete(keyOf(key));
        else expected.set(keyOf(key), value);
        return;
      } catch (error) {
        if (stopped || signal.aborted) throw error;
        counts.repeated += 1;
        await delay(100);
      }
    }
  }

  const running = Promise.all(Array.from({ length: loops }, (_, loop) => write(loop)));
  running.catch(() => undefined);
  return {
    expected,
    counts,
    inUse: () => inUse,
    acknowledged: () => counts[OLD] + counts[NEW],
    /** The longest that a write took since this was asked last. */
    takeLongestMs() {
      const taken = Math.round(longestMs);
      longestMs = 0;
      return taken;
    },
    /** Runs `work` while nothing is written, and nothing under way. */
    async while(work) {
      paused = true;
      while (active > 0) await delay(10);
      try {
        return await work();
      } finally {
        paused = false;
      }
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** The 300 items of the sample, and as many new ones. */
function keyFor(loop) {
  const user = loop + loops * Math.floor(Math.random() * (200 / loops));
  const type = types[Math.floor(Math.random() * types.length)];
  return { id: { S: `user-${String(user).padStart(4, '0')}` }, preferenceType: { S: type } };
}

/** Each table is written in its own form. */
function commandFor(kind, TableName, Key, value) {
  const channel = TableName === NEW && { channel: { S: 'EMAIL' } };
  if (kind === 'delete') return new DeleteItemCommand({ TableName, Key });
  if (kind === 'insert') {
    return new PutItemCommand({ TableName, Item: { ...Key, [valueName(TableName)]: { S: value }, ...channel } });
  }
  return new UpdateItemCommand({
    TableName,
    Key,
    UpdateExpression: `SET ${valueName(TableName)} = :value`,
    ExpressionAttributeValues: { ':value': { S: value } },
  });
}
