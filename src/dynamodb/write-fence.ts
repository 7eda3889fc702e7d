import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteResourcePolicyCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { isAwsError } from './aws-errors.js';
import { changePolicy, fenceStatement } from './fence-policy.js';

export interface FenceOptions {
  /**
   * Patterns of `aws:userid` that may go on writing: `AROAEXAMPLEID:*` is every session of a role, `AIDAEXAMPLEID` a
   * user. Nobody if left out, not even whoever puts up the fence.
   */
  readonly except?: readonly string[];
  readonly sleep?: (ms: number) => Promise<unknown>;
}

// AWS: developer guide, "Resource-based policy considerations": a policy cannot be changed for 15 s after a change;
// GetResourcePolicy is eventually consistent, "wait for a few seconds".
const maxAttempts = 15;
const pauseMs = 3_000;

/**
 * Denies every write of items in a table to everybody, by a statement in the table's own policy; statements of others
 * stay. Can be repeated, also to change `except`. The policy takes effect a little later than this returns, in some
 * places before others: only refused writes (`probeWrites`), and then a pause, tell that it is in effect.
 *
 * @returns `unsupported` where the endpoint has no resource policies; then nothing was done.
 */
export async function fenceWrites(
  client: DynamoDBClient,
  tableArn: string,
  { except = [], sleep = delay }: FenceOptions = {},
): Promise<'fenced' | 'unsupported'> {
  const done = await editPolicy(client, tableArn, { statement: fenceStatement(tableArn, except), sleep });
  return done ? 'fenced' : 'unsupported';
}

/**
 * Takes the statement of {@link fenceWrites} out again; without one it does nothing, which it makes sure of by looking
 * twice, three seconds apart.
 */
export async function liftFence(
  client: DynamoDBClient,
  tableArn: string,
  { sleep = delay }: Pick<FenceOptions, 'sleep'> = {},
): Promise<'lifted' | 'unsupported'> {
  return (await editPolicy(client, tableArn, { statement: undefined, sleep })) ? 'lifted' : 'unsupported';
}

/** Whether this role may look at the policy of a table, without which no fence can be put up, or taken down. */
export async function policyAccess(
  client: DynamoDBClient,
  tableArn: string,
): Promise<'allowed' | 'denied' | 'unsupported'> {
  try {
    await readPolicy(client, tableArn);
    return 'allowed';
  } catch (error) {
    if (isAwsError(error, 'UnknownOperationException')) return 'unsupported';
    if (isAwsError(error, 'AccessDeniedException')) return 'denied';
    throw error;
  }
}

async function editPolicy(
  client: DynamoDBClient,
  ResourceArn: string,
  { statement, sleep }: { statement: object | undefined; sleep: (ms: number) => Promise<unknown> },
): Promise<boolean> {
  let confirmed = false;
  let last: unknown;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    if (attempt > 1) await sleep(pauseMs);
    try {
      const { Policy, RevisionId = noPolicy } = await readPolicy(client, ResourceArn);
      const change = changePolicy(Policy, statement);
      if (change === 'none') {
        // What was read may be older than the last change of it.
        if (confirmed) return true;
        confirmed = true;
        continue;
      }
      confirmed = false;
      const expected = { ResourceArn, ExpectedRevisionId: RevisionId };
      await (change === 'delete'
        ? client.send(new DeleteResourcePolicyCommand(expected))
        : client.send(new PutResourcePolicyCommand({ ...expected, Policy: change.policy })));
      return true;
    } catch (error) {
      if (isAwsError(error, 'UnknownOperationException')) return false;
      // The revision is not the one that was read any more; or a change before this one is too recent.
      const passing = ['PolicyNotFoundException', 'ResourceInUseException', 'LimitExceededException'];
      if (!isAwsError(error, ...passing)) throw error;
      confirmed = false;
      last = error;
    }
  }
  throw new MigrateError('MIGRATION_FAILED', `the policy of \`${ResourceArn}\` changed under every attempt`, {
    cause: last,
    fix: 'see who else changes it, then run the same command again',
  });
}

// AWS: API reference of PutResourcePolicy: this revision means that there must be none.
const noPolicy = 'NO_POLICY';

async function readPolicy(client: DynamoDBClient, ResourceArn: string) {
  try {
    const { Policy, RevisionId } = await client.send(new GetResourcePolicyCommand({ ResourceArn }));
    return { Policy, RevisionId };
  } catch (error) {
    if (isAwsError(error, 'PolicyNotFoundException')) return { Policy: undefined, RevisionId: undefined };
    throw error;
  }
}
