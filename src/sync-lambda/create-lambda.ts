import type { MoveMigration } from '../definition/define-move.js';
import { handleBatch, type StreamEventBatch } from './create-sync-handler.js';
import { functionTables } from './function-environment.js';
import { handleDeadLetters } from './handle-dead-letters.js';
import type { InvocationContext } from './in-invocation.js';
import { oneByOne } from './one-by-one.js';
import { readMapping } from './read-mapping.js';
import { openSyncParts } from './sync-parts.js';
import { type MappingState, openTick } from './tick.js';

export interface LambdaOptions {
  readonly id: string;
  readonly checksum: string;
  readonly toolVersion: string;
  /** What the migration file exports. */
  readonly migration: MoveMigration;
  /** `SOURCE_TABLE`, `TARGET_TABLE`, `META_TABLE` (real names) and `DIRECTION`, as the template sets them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onError?: (error: unknown) => void;
  readonly readMapping?: (mapping: string) => Promise<MappingState>;
}

/**
 * The handler of all functions of one direction of a move: batches of its stream, batches that were given up, from the
 * queue that gets them, and a tick once a minute.
 */
export function createLambda(
  options: LambdaOptions,
): (event: unknown, context?: InvocationContext) => Promise<unknown> {
  const { id, checksum, toolVersion, migration, environment, onError } = options;
  const parts = openSyncParts({
    id,
    migration,
    ...functionTables(environment),
    direction: environment.DIRECTION === 'down' ? 'down' : 'up',
  });
  const tick = openTick(parts);

  return oneByOne(async (event, context = {}) => {
    const mapping = tickOf(event);
    if (mapping !== undefined) {
      const { functionName = 'local' } = context;
      const ask = options.readMapping ?? readMapping;
      const reverseRoleId = environment.REVERSE_ROLE_ID;
      return tick({ checksum, toolVersion, functionName, reverseRoleId, mapping, readMapping: ask });
    }
    const letters = lettersOf(event);
    if (letters) return handleDeadLetters(parts, letters, { ...context, onError });
    return handleBatch(parts, { checksum, onError }, event as StreamEventBatch, context);
  });
}

/** The mapping that a tick is about; the schedule of the template sends it. */
function tickOf(event: unknown): string | undefined {
  const { dynamigrate, mapping } = (event ?? {}) as { dynamigrate?: unknown; mapping?: unknown };
  return dynamigrate === 'tick' && typeof mapping === 'string' ? mapping : undefined;
}

/** The messages of a queue; records of a stream come from another source. */
function lettersOf(event: unknown): readonly unknown[] | undefined {
  const records = (event as { Records?: unknown } | null | undefined)?.Records;
  if (!Array.isArray(records) || records.length === 0) return undefined;
  const isLetter = (record: unknown) => (record as { eventSource?: unknown } | null)?.eventSource === 'aws:sqs';
  return records.every(isLetter) ? records : undefined;
}
