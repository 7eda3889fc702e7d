import { createBackfillHandler } from './create-backfill-handler.js';
import type { LambdaOptions } from './create-lambda.js';
import { functionTables, workerBudget } from './function-environment.js';

/** The worker of the backfill inside a bundle, on the tables that the template names. */
export function createWorker({
  id,
  checksum,
  migration,
  environment,
  onError,
}: Pick<LambdaOptions, 'id' | 'checksum' | 'migration' | 'environment' | 'onError'>): ReturnType<
  typeof createBackfillHandler
> {
  return createBackfillHandler({
    id,
    checksum,
    migration,
    ...functionTables(environment),
    budget: workerBudget(environment),
    onError,
  });
}
