import type { CloudFormationClient, Stack, StackEvent } from '@aws-sdk/client-cloudformation';
import { MigrateError, throwIfStopped } from '../../errors.js';
import type { Clock } from '../../ledger/clock.js';

export interface StackContext {
  readonly cloudFormation: CloudFormationClient;
  readonly stackName: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of what CloudFormation does, in a line each. */
  readonly say: (message: string) => void;
}

const lookEveryMs = 3_000;
/** Of 100 events each. */
const maxPages = 10;

/** The stack as it is now; `undefined` where there is none. */
export async function findStack({
  cloudFormation,
  stackName,
}: Pick<StackContext, 'cloudFormation' | 'stackName'>): Promise<Stack | undefined> {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return Stacks?.[0];
  } catch (error) {
    if (isNoSuchStack(error)) return undefined;
    throw error;
  }
}

/** CloudFormation has no code of its own for it. */
function isNoSuchStack(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

export function isBusy(stack: Stack | undefined): boolean {
  const status = stack?.StackStatus ?? '';
  return status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';
}

/**
 * Waits until CloudFormation is done with a stack, also with what another process asked of it.
 *
 * @returns the stack, or `undefined` once it is deleted. Look at its status.
 */
export async function stackAtRest(context: StackContext): Promise<Stack | undefined> {
  const { clock, signal } = context;
  for (;;) {
    const stack = await findStack(context);
    if (!isBusy(stack)) return stack?.StackStatus === 'DELETE_COMPLETE' ? undefined : stack;
    throwIfStopped(signal, 'stopped while CloudFormation works; the same command goes on from here');
    await clock.sleep(lookEveryMs, { signal });
  }
}

/** A name for the requests of one operation, by which its events are told from those of earlier ones. */
export type Token = string;

/**
 * What went wrong first: what fails afterwards is cancelled because of it.
 *
 * @param token of the operation that failed; without it the newest events are looked at
 */
export async function stackFailure(
  { cloudFormation, stackName }: Pick<StackContext, 'cloudFormation' | 'stackName'>,
  stack: Stack | undefined,
  token?: Token,
): Promise<MigrateError> {
  const { DescribeStackEventsCommand } = await import('@aws-sdk/client-cloudformation');
  const StackName = stack?.StackId ?? stackName;
  const events: StackEvent[] = [];
  let NextToken: string | undefined;
  try {
    for (let page = 0; page < maxPages && (page === 0 || NextToken !== undefined); page++) {
      const answer = await cloudFormation.send(new DescribeStackEventsCommand({ StackName, NextToken }));
      events.push(...(answer.StackEvents ?? []));
      NextToken = answer.NextToken;
    }
  } catch {
    // That the stack failed is known; why it did is worth a try.
  }
  // Newest first.
  const failed = events
    .filter(
      (event) =>
        event.ResourceStatus?.endsWith('_FAILED') &&
        (token === undefined || event.ClientRequestToken === token) &&
        !/cancel+ed/i.test(event.ResourceStatusReason ?? ''),
    )
    .at(-1);
  const what = failed
    ? `\`${failed.LogicalResourceId}\` (${failed.ResourceType}): ${failed.ResourceStatusReason}`
    : (stack?.StackStatusReason ?? 'it did not say why');
  return new MigrateError('STACK_FAILED', `the stack \`${stackName}\` is ${stack?.StackStatus ?? 'gone'}: ${what}`, {
    fix: fixOf(stack?.StackStatus),
  });
}

function fixOf(status: string | undefined): string {
  const mend = 'mend what the reason names, then';
  if (status === 'DELETE_FAILED') return `${mend} run the same command again: it deletes what is left`;
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return `${mend} let CloudFormation end its rollback (\`aws cloudformation continue-update-rollback\`), and run the same command again`;
  }
  return `${mend} run the same command again; the stack was rolled back`;
}
