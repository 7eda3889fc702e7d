import { setTimeout as delay } from 'node:timers/promises';
import { type DynamoDBClient, type TableDescription, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../../errors.js';
import { isAwsError } from '../aws-errors.js';
import { describeTable } from '../describe-table.js';

/** What the records of a stream must carry. */
export type StreamNeed = 'keys' | 'both-images';

export type EnabledStream =
  | {
      readonly kind: 'enabled';
      readonly streamArn: string;
      /** False where it was on before: then others may read it too. */
      readonly enabledByUs: boolean;
    }
  /** The engine has no streams. */
  | { readonly kind: 'unsupported' };

export interface EnableStreamOptions {
  /** Ends the waiting for a table that is changing. */
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 250;

/**
 * Sees to it that the table has a stream that carries what is needed. One that is on is used, or refused; it is never
 * changed, because others may read it. Returns when the stream is in effect.
 *
 * @throws MigrateError `TABLE_NOT_FOUND`; `TABLE_DRIFT` when the stream that is on carries too little.
 */
export async function enableStream(
  client: DynamoDBClient,
  tableName: string,
  needed: StreamNeed,
  { signal }: EnableStreamOptions = {},
): Promise<EnabledStream> {
  let enabledByUs = false;
  for (;;) {
    const table = await describeTable(client, tableName);
    const { LatestStreamArn: streamArn, StreamSpecification: stream, TableStatus: status = 'ACTIVE' } = table;
    // A table keeps the ARN of its last stream after that was switched off.
    const isOn = stream?.StreamEnabled === true && streamArn !== undefined;
    if (isOn) requireView(table, needed);
    if (isOn && status === 'ACTIVE') return { kind: 'enabled', streamArn, enabledByUs };
    if (!isOn && status === 'ACTIVE') {
      const answer = await switchOn(client, tableName);
      if (answer === 'unsupported') return { kind: answer };
      if (answer === 'switched on') enabledByUs = true;
      if (answer === 'on already') enabledByUs = false;
    }
    await delay(POLL_MS, undefined, signal && { signal });
  }
}

type Answer = 'switched on' | 'on already' | 'busy' | 'unsupported';

async function switchOn(client: DynamoDBClient, tableName: string): Promise<Answer> {
  try {
    const { TableDescription: table } = await client.send(
      new UpdateTableCommand({
        TableName: tableName,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    return table?.StreamSpecification?.StreamEnabled ? 'switched on' : 'unsupported';
  } catch (error) {
    if (isAwsError(error, 'ResourceInUseException', 'LimitExceededException')) return 'busy';
    if (isAwsError(error, 'UnknownOperationException')) return 'unsupported';
    if (isAwsError(error, 'ValidationException')) {
      // Somebody else was faster.
      if (/already has an enabled stream/i.test(error.message)) return 'on already';
      // dynalite drops fields that it does not know, and finds nothing left to update.
      if (/^At least one of ProvisionedThroughput/.test(error.message)) return 'unsupported';
    }
    throw error;
  }
}

function requireView({ TableName, StreamSpecification }: TableDescription, needed: StreamNeed): void {
  const view = StreamSpecification?.StreamViewType;
  if (needed === 'keys' || view === 'NEW_AND_OLD_IMAGES') return;
  throw new MigrateError(
    'TABLE_DRIFT',
    `the stream of \`${TableName}\` has the view \`${view}\`, and a move that changes keys needs \`NEW_AND_OLD_IMAGES\``,
    {
      fix:
        'find out who reads that stream, and let them agree to a new one: a view cannot be changed, only a stream ' +
        'switched off and on again, and what was not read by then is lost to its readers',
    },
  );
}
