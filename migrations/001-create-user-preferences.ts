import { type AttributeValue, BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { defineSteps, type StepsContext } from 'dynamigrate';

interface UserPreference {
  id: string;
  preferenceType: string;
  prefVal?: string;
}

export default defineSteps({
  description: 'Create USER_PREFERENCES with sample items',
  up: async (ctx) => {
    await ctx.step('create the table', () =>
      ctx.tables.create<UserPreference>({
        name: 'USER_PREFERENCES',
        partitionKey: { name: 'id', type: 'S' },
        sortKey: { name: 'preferenceType', type: 'S' },
      }),
    );
    await ctx.step('write 300 sample items', () => writeSamples(ctx));
  },
  down: async (ctx) => {
    await ctx.step('delete the table', () => ctx.tables.delete('USER_PREFERENCES'));
  },
});

async function writeSamples(ctx: StepsContext): Promise<void> {
  const tableName = ctx.tableName('USER_PREFERENCES');
  const items = Array.from({ length: 300 }, (_, index) => sample(index));
  for (let start = 0; start < items.length; start += 25) {
    let requests: WriteRequest[] = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    while (requests.length > 0) {
      const output = await ctx.client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
      requests = output.UnprocessedItems?.[tableName] ?? [];
    }
  }
}

/** An item with all ten attribute types. Every seventh has no value, as such items have in real tables. */
function sample(index: number): Record<string, AttributeValue> {
  const types = ['LANGUAGE', 'NEWSLETTER', 'THEME'];
  return {
    id: { S: `user-${String(Math.floor(index / 3)).padStart(4, '0')}` },
    preferenceType: { S: types[index % 3] ?? '' },
    ...(index % 7 !== 0 && { prefVal: { S: `value ${index}` } }),
    revision: { N: `12345678901234567890123456789012345${String(index).padStart(3, '0')}` },
    signature: { B: Uint8Array.of(index % 256, 255, 0) },
    tags: { SS: ['imported', `batch-${index % 5}`] },
    scores: { NS: [`0.${index + 1}`, '9007199254740993'] },
    keys: { BS: [Uint8Array.of(1, index % 256), Uint8Array.of(2)] },
    settings: { M: { nested: { L: [{ M: { deep: { L: [{ N: String(index) }, { NULL: true }] } } }] } } },
    history: { L: [{ S: '' }, { BOOL: false }, { N: '1E+100' }] },
    note: { NULL: true },
    enabled: { BOOL: index % 2 === 0 },
  };
}
