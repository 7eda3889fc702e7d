import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { assertAsAcknowledged } from './assert-as-acknowledged.mjs';
import { NEW, OLD, readTable } from './tables.mjs';
import { startWriter } from './writer.mjs';

const MOVE = '002-rename-and-add-preference-attr';

/** The founding case, with an application that writes all the time. */
export function playLive({ project, engine, screen, signal }) {
  const { migrate, beside } = project;
  return engine.use(async ({ endpoint, region, credentials }) => {
    const { createTableResolver } = await import('../../dist/index.js');
    // The time limits that the resolver asks for: two attempts of a second are over within `writeSeconds`.
    const client = new DynamoDBClient({
      endpoint,
      region,
      credentials,
      maxAttempts: 2,
      requestHandler: { requestTimeout: 1_000, throwOnRequestTimeout: true },
    });
    let writer;

    const until = async (what, ask) => {
      const deadline = performance.now() + 30_000;
      while (!(await ask())) {
        signal.throwIfAborted();
        if (performance.now() > deadline) throw new Error(`waited 30 s in vain until ${what}`);
        await delay(100);
      }
    };
    const tell = () => {
      const { insert, update, delete: deleted, repeated } = writer.counts;
      const again = repeated === 0 ? '' : `, ${repeated} attempts repeated`;
      screen.say(
        `the application had ${writer.acknowledged()} writes acknowledged (${insert} inserts, ${update} updates, ` +
          `${deleted} deletes${again}); now it writes ${writer.inUse()}`,
      );
    };
    /** Of the demo's own reading: both tables have the same number of items. */
    const compareCounts = () =>
      writer.while(async () => {
        screen.say('the application pauses for a moment, so that two counts can be compared');
        let sizes = [];
        await until('both tables have as many items', async () => {
          sizes = await Promise.all([OLD, NEW].map(async (name) => (await readTable(client, name)).size));
          return sizes[0] === sizes[1];
        });
        await migrate(`count ${OLD} ${NEW} --consistent`);
        screen.check(sizes[0] === writer.expected.size, `${sizes[0]} items on both sides, as the application expects`);
      });
    const reaches = async (table, { held = true } = {}) => {
      const before = writer.counts[table];
      await until(`writes reach ${table}`, () => writer.counts[table] >= before + 20);
      screen.check(true, `20 more writes were acknowledged by ${table}; nobody restarted the application`);
      if (held) screen.say(`the longest write took ${writer.takeLongestMs()} ms, because the switch held it back`);
    };

    const startSync = async () => {
      const sync = beside('sync', `sync run ${MOVE}`);
      await until('`sync run` follows', () => sync.hasSaid(/^following/));
      return sync;
    };

    try {
      screen.stage('The old table', `The first migration makes ${OLD} with 300 items. Engine: ${engine.name}.`);
      await migrate('up --to 001-create-user-preferences');
      await migrate(`count ${OLD}`);

      screen.stage(
        'An application goes to work',
        `It inserts, updates and deletes all the time, and asks createTableResolver() for the table before each write. ` +
          `It writes ${OLD} in the old form (prefVal) and ${NEW} in the new one (preferenceValue, channel).`,
      );
      const resolveTable = createTableResolver({ client });
      writer = await startWriter({ client, resolveTable, signal });
      await until('the application writes', () => writer.acknowledged() >= 40);
      tell();

      screen.stage(
        'Move every item while it writes',
        `The second migration makes ${NEW}, follows the stream of ${OLD}, copies every item through the transform, ` +
          'and verifies. It stops before the cutover, which is for a person to begin.',
      );
      await migrate('up');
      tell();

      screen.stage(
        'Keep the new table level',
        'A process (on AWS it can be a Lambda) follows the stream until the cutover, and the other way round after it.',
      );
      let sync = await startSync();
      await migrate(`verify ${MOVE}`);
      await compareCounts();
      tell();

      screen.stage(
        'Cut over',
        'First the gates, which have to be open. Then writes to the old table are held back, its stream is followed to ' +
          'the end, and one write makes the new table the one in use.',
      );
      await migrate(`cutover ${MOVE} --dry-run`);
      writer.takeLongestMs();
      await migrate(`cutover ${MOVE}`);
      await reaches(NEW);
      await migrate(`verify ${MOVE}`);
      await compareCounts();

      screen.stage(
        'Go back, without losing a write',
        `Something is wrong with the new version, say. ${OLD} was kept level all the time, so it can take over.`,
      );
      writer.takeLongestMs();
      await migrate('down');
      await reaches(OLD);
      screen.check((await sync.ended) === 0, '`sync run` saw that the move is over, and ended');
      await migrate(`count ${OLD}`);
      await writer.while(() => assertAsAcknowledged({ client, screen, expected: writer.expected, table: OLD }));
      tell();

      screen.stage('Once more, and for good', 'The same way again, as after a mended release.');
      await migrate('up');
      sync = await startSync();
      writer.takeLongestMs();
      await migrate(`cutover ${MOVE}`);
      await reaches(NEW);
      await migrate(`verify ${MOVE}`);
      await compareCounts();

      screen.stage(
        'Complete',
        `Nobody wants to go back any more: the reverse sync ends. ${OLD} stays as it is (--drop-source deletes it).`,
      );
      await migrate(`complete ${MOVE}`);
      screen.check((await sync.ended) === 0, '`sync run` saw that the move is complete, and ended');
      await reaches(NEW, { held: false });
      await writer.stop();
      tell();
      await migrate(`count ${OLD} ${NEW}`);

      screen.stage(
        'Was anything lost?',
        `The demo reads ${NEW} itself, and compares each item with the last write that was acknowledged.`,
      );
      await assertAsAcknowledged({ client, screen, expected: writer.expected, table: NEW });
    } finally {
      await writer?.stop().catch(() => undefined);
      client.destroy();
    }
  });
}
