import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { up } from '../../src/index.js';
import { startDynalite } from '../support/dynalite.js';
import { hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const size = 2_000;
const java = await hasJava();

describe.each([
  { name: 'dynalite, single updates', start: startDynalite, runs: true },
  { name: 'DynamoDB Local, PartiQL', start: startDynamoDbLocal, runs: java },
])('$name', ({ start, runs }) => {
  if (!runs) return;
  let server: Awaited<ReturnType<typeof start>>;
  let project: Project;

  beforeAll(async () => {
    server = await start();
    project = await createProject({ endpoint: server.endpoint });
    await project.write(
      'migrations/001-rename.mjs',
      `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename and add',
  table: table('PREFS'),
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
});
`,
    );
    await createTable(server.client, 'PREFS');
    await putItems(
      server.client,
      'PREFS',
      Array.from({ length: size }, (_, index) => ({ id: { S: `${index}` }, prefVal: { S: 'old' }, other: { N: '0' } })),
    );
  }, 120_000);

  afterAll(async () => {
    await project.dispose();
    await server.close();
  });

  test('no acknowledged update of another attribute, or of the renamed one, is lost', async () => {
    const acknowledged = new Map<string, { other?: string; value?: string }>();
    let stopped = false;
    const writer = async (number: number) => {
      for (let count = 1; !stopped; count++) {
        const id = `${Math.floor(Math.random() * size)}`;
        const text = `${number}.${count}`;
        const known = acknowledged.get(id) ?? {};
        acknowledged.set(id, known);
        if (count % 2 === 0) {
          await update(id, 'other', text);
          known.other = text;
        } else {
          // What a careful application does while both forms are about: it writes the one that it finds.
          for (const attribute of ['prefVal', 'preferenceValue']) {
            if (await update(id, attribute, text, 'attribute_exists(#name)')) {
              known.value = text;
              break;
            }
          }
        }
      }
    };
    const update = async (id: string, name: string, text: string, condition?: string) => {
      try {
        await server.client.send(
          new UpdateItemCommand({
            TableName: 'PREFS',
            Key: { id: { S: id } },
            UpdateExpression: 'SET #name = :v',
            ExpressionAttributeNames: { '#name': name },
            ConditionExpression: condition,
            ExpressionAttributeValues: { ':v': { S: text } },
          }),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    };
    // One writer an item at a time, so that the last acknowledged write is known.
    const writing = [writer(1)];
    const report = await up({ cwd: project.directory, processEnv: {} });
    stopped = true;
    await Promise.all(writing);

    expect(report.migrations).toMatchObject([{ state: 'applied', progress: { scanned: size, errors: 0 } }]);
    const items = await allItems(server.client, 'PREFS');
    expect(items.size).toBe(size);
    expect(acknowledged.size).toBeGreaterThan(10);
    for (const [id, item] of items) {
      const { other = undefined, value = 'old' } = acknowledged.get(id) ?? {};
      expect(item).toEqual({
        id: { S: id },
        preferenceValue: { S: value },
        channel: { S: 'EMAIL' },
        other: other === undefined ? { N: '0' } : { S: other },
      });
    }
  }, 120_000);
});
