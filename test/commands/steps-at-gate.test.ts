import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { status } from '../../src/commands/status.js';
import { up } from '../../src/commands/up.js';
import { startDynalite } from '../support/dynalite.js';
import { createProject } from '../support/project.js';
import { createTable } from '../support/tables.js';

const id = '001-users-v2';

test('where records of the stream may be lost, the repair comes before the cutover that it bars', async () => {
  const server = await startDynalite();
  await createTable(server.client, 'USERS');
  const project = await createProject({
    endpoint: server.endpoint,
    files: {
      [`migrations/${id}.mjs`]: `import { defineMigration, table } from 'dynamigrate';
        export default defineMigration({
          description: 'users', from: table('USERS'), to: table('USERS_V2'), up: (items) => items,
        });`,
    },
  });
  const options = { cwd: project.directory, processEnv: {} };
  try {
    await up(options);
    const commands = async () => (await status(options)).next.map(({ command }) => command);
    const before = await commands();
    const shard = { shardId: { S: 's' }, direction: { S: 'up' }, streamArn: { S: 'arn' }, done: { BOOL: false } };
    const gap = { savedAt: { S: '2026-01-01T00:00:00.000Z' }, gapReason: { S: 'trimmed' }, gapAt: { N: '1' } };
    const Item = { pk: { S: `stream#${id}` }, sk: { S: 'up#s' }, ...shard, ...gap };
    await server.client.send(new PutItemCommand({ TableName: 'dynamigrate', Item }));
    expect(await commands()).toEqual([`migrate verify ${id} --repair`, ...before]);
  } finally {
    await project.dispose();
    await server.close();
  }
});
