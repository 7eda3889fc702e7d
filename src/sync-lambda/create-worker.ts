import { createBackfillHandler } from './create-backfill-handler.js';
import type { LambdaOptions } from './create-lambda.js';
import { functionTables } from './function-environment.js';

/** The worker of the backfill inside a bundle, on the tables that the template names. */
export function createWorker({
  id,
  checksum,
  migration,
  environment,
}: Pick<LambdaOptions, 'id' | 'checksum' | 'migration' | 'environment'>): ReturnType<typeof createBackfillHandler> {
  return createBackfillHandler({ id, checksum, migration, ...functionTables(environment) });
}
