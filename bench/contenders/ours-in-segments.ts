import { type MigrateEvent, up } from 'dynamigrate';
import { send } from '../control.js';
import type { Contender, Job, Task } from './contender.js';
import { copyMigration, inProject, rewriteMigration } from './ours.js';

// `up` with a number of segments that it would not choose for the table: a run that goes on keeps the number that it
// was begun with, so it is begun, stopped before the first item, and given another one.

function inGivenSegments(
  migration: string,
  begun: (event: MigrateEvent) => boolean,
  ends: (event: MigrateEvent) => boolean,
): Task {
  return (job, meter) =>
    inProject(job, migration, async (cwd) => {
      const options = { cwd, endpoint: job.endpoint, processEnv: {} };
      await upTo(begun, options);
      await setSegments(job);
      await upTo(ends, {
        ...options,
        onEvent: (event) => {
          if (started(event)) meter.start();
          if (ends(event)) meter.stop();
        },
      });
    });
}

interface UpOptions {
  readonly cwd: string;
  readonly endpoint: string;
  readonly processEnv: object;
  readonly onEvent?: (event: MigrateEvent) => void;
}

/** Runs `up`, and stops it at an event if it is not over by then. */
async function upTo(isLast: (event: MigrateEvent) => boolean, options: UpOptions): Promise<void> {
  const over = new AbortController();
  const onEvent = (event: MigrateEvent) => {
    options.onEvent?.(event);
    if (isLast(event)) over.abort();
  };
  await up({ ...options, processEnv: {}, onEvent, signal: over.signal }).catch((error) => {
    if (!over.signal.aborted) throw error;
  });
}

async function setSegments({ endpoint, segments }: Job): Promise<void> {
  await send(endpoint, 'DynamoDB_20120810.UpdateItem', {
    TableName: 'dynamigrate',
    Key: { pk: { S: 'ledger' }, sk: { S: 'migration#001-bench' } },
    UpdateExpression: 'SET #u0 = :u0',
    ConditionExpression: 'attribute_exists(totalSegments)',
    ExpressionAttributeNames: { '#u0': 'totalSegments' },
    ExpressionAttributeValues: { ':u0': { N: String(segments) } },
  });
}

const entered = (phase: string) => (event: MigrateEvent) => event.type === 'phase' && event.phase === phase;
const is = (type: MigrateEvent['type']) => (event: MigrateEvent) => event.type === type;
const started = is('started');

export const contender: Contender = {
  tasks: {
    copy: inGivenSegments(copyMigration, entered('sync'), entered('verify')),
    rewrite: inGivenSegments(rewriteMigration, started, is('finished')),
  },
};
