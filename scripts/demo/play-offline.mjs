import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { assertAsAcknowledged } from './assert-as-acknowledged.mjs';
import { NEW, OLD, readTable } from './tables.mjs';

const MOVE = '002-rename-and-add-preference-attr';

/** The founding case where there are no streams: nobody may write between `up` and `cutover`. */
export async function playOffline({ project, engine, screen }) {
  const { migrate } = project;
  const withClient = (work) =>
    engine.use(async ({ endpoint, region, credentials }) => {
      const client = new DynamoDBClient({ endpoint, region, credentials });
      try {
        return await work(client);
      } finally {
        client.destroy();
      }
    });
  let expected;
  const check = (table) => withClient((client) => assertAsAcknowledged({ client, screen, expected, table }));

  screen.stage('The old table', `The first migration makes ${OLD} with 300 items. Engine: ${engine.name}.`);
  await migrate('up --to 001-create-user-preferences');
  expected = await withClient(
    async (client) => new Map([...(await readTable(client, OLD))].map(([key, item]) => [key, item.prefVal?.S])),
  );
  screen.check(expected.size === 300, `${expected.size} items are in ${OLD}`);

  screen.stage(
    'Move every item',
    `The second migration makes ${NEW}, copies every item through the transform, and verifies. There is no stream that ` +
      'would carry over what is written meanwhile, and it says so.',
  );
  await migrate('up');
  await migrate(`count ${OLD} ${NEW}`);
  await check(NEW);

  screen.stage('Cut over', 'The gate `sync` stays closed until somebody gives the word that nobody has written.');
  await migrate(`cutover ${MOVE} --dry-run`, { expected: 8 });
  await migrate(`cutover ${MOVE} --offline`);
  await migrate(`verify ${MOVE}`);

  screen.stage('Go back', `The same the other way round: ${OLD} takes over, and the new table is deleted.`);
  await migrate('down --offline');
  await check(OLD);

  screen.stage('Once more, and for good', `After \`complete\` the move is over. ${OLD} stays as it is.`);
  await migrate('up');
  await migrate(`cutover ${MOVE} --offline`);
  await migrate(`complete ${MOVE}`);
  await migrate(`count ${OLD} ${NEW}`);
  await check(NEW);
}
