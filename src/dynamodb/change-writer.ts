import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  type ConsumedCapacity,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import type { KeyNames } from '../item/attribute-value.js';
import { formatKey } from '../item/key.js';
import { isAwsError } from './aws-errors.js';
import type { Capabilities } from './capabilities.js';
import type { ItemChange } from './item-change.js';
import { mapChunks } from './map-chunks.js';
import { backoff, retryTransient } from './retry.js';
import { updateItemInput } from './update-item.js';
import { updateStatements } from './update-statement.js';
import { workOff } from './work-queue.js';

/** `lost`: somebody else changed the item first. An error: DynamoDB will never take this change. */
export type WriteOutcome = 'written' | 'lost' | MigrateError;

/** Writes changes, each conditional on its own; the outcomes are in the order of `changes`. */
export type ChangeWriter = (changes: readonly ItemChange[]) => Promise<readonly WriteOutcome[]>;

export interface ChangeWriterOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keyNames: KeyNames;
  readonly capabilities: Capabilities;
  readonly onConsumed: (writeUnits: number) => void;
  /** Called for each change that was acknowledged, also when the call then fails on another. */
  readonly onWritten?: () => void;
}

// AWS: API reference of BatchExecuteStatement: 25 statements at most.
const statementsPerRequest = 25;
const requestsInFlight = { partiql: 16, single: 16 };
const maxAttempts = 10;

/**
 * The writer for in-place changes: 25 conditional PartiQL statements a request where the endpoint has PartiQL,
 * one conditional UpdateItem a change otherwise. Falls back to the latter when IAM denies PartiQL.
 *
 * An infrastructure fault that outlives its retries rejects; a fault of one item is its outcome.
 */
export function createChangeWriter(options: ChangeWriterOptions): ChangeWriter {
  const { client, tableName, keyNames, capabilities, onConsumed, onWritten } = options;
  const statementOf = updateStatements(tableName);
  let partiql = capabilities.partiql;

  const consumed = (capacity: ConsumedCapacity | ConsumedCapacity[] | undefined) => {
    for (const one of [capacity ?? []].flat()) onConsumed(one.CapacityUnits ?? 0);
  };

  async function writeOne(change: ItemChange): Promise<WriteOutcome> {
    try {
      const input = updateItemInput(change, { tableName, keyNames, documentEquality: capabilities.documentEquality });
      const output = await retryTransient(() => client.send(new UpdateItemCommand(input)));
      consumed(output.ConsumedCapacity);
      onWritten?.();
      return 'written';
    } catch (error) {
      if (isAwsError(error, 'ConditionalCheckFailedException')) return 'lost';
      if (isMigrateError(error, 'ITEM_INVALID')) return error;
      if (isAwsError(error, 'ValidationException', 'ItemCollectionSizeLimitExceededException')) {
        return refused(change, messageOf(error), error);
      }
      throw error;
    }
  }

  async function writeStatements(changes: readonly ItemChange[]): Promise<WriteOutcome[]> {
    const tasks = changes.map((change): Task => ({ change, outcome: 'lost' }));
    const attempts: number[] = [];
    await workOff(tasks, {
      size: statementsPerRequest,
      inFlight: requestsInFlight.partiql,
      async work(some, worker) {
        const left = await writeSome(some);
        attempts[worker] = left.length < some.length ? 1 : (attempts[worker] ?? 0) + 1;
        if (attempts[worker] === maxAttempts) {
          throw new MigrateError('MIGRATION_FAILED', `\`${tableName}\` throttled ${maxAttempts} attempts in a row`, {
            fix: 'raise the table’s write capacity, then run the same command again: it resumes',
          });
        }
        if (left.length > 0) await backoff(attempts[worker]);
        return left;
      },
    });
    return tasks.map(({ outcome }) => outcome);
  }

  /** Sends some changes at once, and answers those that are to be sent again. */
  async function writeSome(tasks: readonly Task[]): Promise<readonly Task[]> {
    const batch: Task[] = [];
    const Statements: BatchStatementRequest[] = [];
    for (const task of tasks) {
      const statement = statementOf(task.change);
      if (statement) {
        batch.push(task);
        Statements.push(statement);
      } else task.outcome = await writeOne(task.change);
    }
    if (batch.length === 0) return [];
    const output = await retryTransient(() =>
      client.send(new BatchExecuteStatementCommand({ Statements, ReturnConsumedCapacity: 'TOTAL' })),
    ).catch((error: unknown) => {
      if (!isAwsError(error, 'ValidationException')) throw error;
    });
    if (!output) {
      // A value that cannot be read refuses the whole request; one by one they tell which it is.
      for (const task of batch) task.outcome = await writeOne(task.change);
      return [];
    }
    consumed(output.ConsumedCapacity);
    const left: Task[] = [];
    batch.forEach((task, index) => {
      const outcome = statementOutcome(task.change, output.Responses?.[index]);
      if (outcome === 'again') left.push(task);
      else task.outcome = outcome;
      if (outcome === 'written') onWritten?.();
    });
    return left;
  }

  async function write(changes: readonly ItemChange[]): Promise<readonly WriteOutcome[]> {
    if (partiql) {
      try {
        return await writeStatements(changes);
      } catch (error) {
        // The policy may allow UpdateItem only. What was written already comes back as lost, and is read again.
        if (!isAwsError(error, 'AccessDeniedException', 'PartiqlDenied')) throw error;
        partiql = false;
      }
    }
    return mapChunks(changes, requestsInFlight.single, writeOne);
  }
  return write;
}

/** A change, and what became of it so far. */
interface Task {
  readonly change: ItemChange;
  outcome: WriteOutcome;
}

function statementOutcome(change: ItemChange, response: BatchStatementResponse | undefined): WriteOutcome | 'again' {
  // A response that is missing says nothing; asked again, a change that was made comes back as lost.
  if (!response) return 'again';
  const error = response.Error;
  switch (error?.Code) {
    case undefined:
      return 'written';
    case 'ConditionalCheckFailed':
      return 'lost';
    case 'ThrottlingError':
    case 'ProvisionedThroughputExceeded':
    case 'RequestLimitExceeded':
    case 'InternalServerError':
    case 'TransactionConflict':
      return 'again';
    case 'ValidationError':
    case 'ItemCollectionSizeLimitExceeded':
      return refused(change, error?.Message ?? error?.Code ?? '', error);
    case 'AccessDenied':
      throw Object.assign(new Error(error?.Message), { name: 'PartiqlDenied' });
    default:
      throw new MigrateError('MIGRATION_FAILED', `${error?.Code}: ${error?.Message}`, { key: formatKey(change.key) });
  }
}

function refused(change: ItemChange, message: string, cause: unknown): MigrateError {
  return new MigrateError('ITEM_INVALID', `DynamoDB refuses the rewritten item: ${message}`, {
    key: formatKey(change.key),
    cause,
  });
}
