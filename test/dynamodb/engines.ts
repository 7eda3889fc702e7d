import { startDynalite } from '../support/dynalite.js';
import { hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';

/** Both engines of the tests, for `describe.each`. Where Java is missing the second is left out, loudly. */
export const engines = [
  { engine: 'dynalite', start: () => startDynalite() },
  ...((await hasJava()) ? [{ engine: 'DynamoDB Local', start: () => startDynamoDbLocal() }] : []),
] as const;

export type Engine = Awaited<ReturnType<(typeof engines)[number]['start']>>;
