import { createHash } from 'node:crypto';
import type { Change, Stack } from '@aws-sdk/client-cloudformation';
import { MigrateError, throwIfStopped } from '../../errors.js';
import { findStack, isBusy, type StackContext, stackAtRest, stackFailure } from './stack.js';

export interface DeployStackOptions extends StackContext {
  readonly template: string;
  /** Those that are not named keep their value, or their default. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Asked before anything is changed; throws to change nothing. */
  readonly consent: (changes: readonly string[]) => Promise<void>;
}

export interface DeployedStack {
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly outputs: Readonly<Record<string, string>>;
}

const lookEveryMs = 1_000;
/** What does not begin in a minute has ended, however that looks. */
const maxLooks = 60;
/** CloudFormation takes these up no more: they could not be made the first time, or were to be deleted. */
const remains = new Set(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED']);
const good = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']);

/**
 * Makes a stack, or changes it to what the template says, by a change set that is shown first. One that was cut off
 * goes on: what CloudFormation is at is waited for, and a change set that was left is made again.
 *
 * @throws MigrateError `STACK_FAILED` with the resource that failed, and its reason.
 */
export async function deployStack(options: DeployStackOptions): Promise<DeployedStack> {
  const { stackName, say, clock, signal } = options;
  let stack = await findStack(options);
  if (isBusy(stack)) {
    say(`waiting for the stack ${stackName}, which is ${stack?.StackStatus}`);
    stack = await stackAtRest(options);
  }
  if (stack && remains.has(stack.StackStatus ?? '')) {
    say(`deleting what is left of the stack ${stackName}, which is ${stack.StackStatus}`);
    await deleteStack(options);
    stack = undefined;
  }
  if (stack?.StackStatus === 'UPDATE_ROLLBACK_FAILED') throw await stackFailure(options, stack);
  const isNew = stack === undefined || stack.StackStatus === 'REVIEW_IN_PROGRESS';
  const changes = await prepareChanges(options, stack, isNew);
  if (!changes) return { result: 'unchanged', outputs: outputsOf(stack) };
  for (const line of changes.lines) say(line);
  await options.consent(changes.lines);
  throwIfStopped(signal, 'stopped before anything was changed');

  const { ExecuteChangeSetCommand } = await import('@aws-sdk/client-cloudformation');
  const token = `deploy-${digestOf([changes.name, String(clock.wall())])}`;
  await options.cloudFormation.send(
    new ExecuteChangeSetCommand({ StackName: stackName, ChangeSetName: changes.name, ClientRequestToken: token }),
  );
  say(`${isNew ? 'making' : 'changing'} the stack ${stackName}`);
  await stackHasBegun(options, stack);
  const done = await stackAtRest(options);
  if (!done || !good.has(done.StackStatus ?? '')) throw await stackFailure(options, done, token);
  return { result: isNew ? 'created' : 'updated', outputs: outputsOf(done) };
}

/** CloudFormation shows a stack as it was for a moment after it was asked to change it: that is not its end. */
async function stackHasBegun(options: DeployStackOptions, before: Stack | undefined): Promise<void> {
  const { clock, signal } = options;
  const updatedAt = (stack: Stack | undefined) => stack?.LastUpdatedTime?.getTime();
  for (let looks = 0; looks < maxLooks; looks++) {
    throwIfStopped(signal, 'stopped while CloudFormation works; the same command goes on from here');
    await clock.sleep(lookEveryMs, { signal });
    const now = await findStack(options);
    if (isBusy(now) || updatedAt(now) !== updatedAt(before)) return;
    if (now?.StackStatus !== (before?.StackStatus ?? 'REVIEW_IN_PROGRESS')) return;
  }
}

/** Deletes a stack and waits until it is gone. One that is not there is deleted. */
export async function deleteStack(context: StackContext): Promise<void> {
  const { cloudFormation, stackName, clock, signal } = context;
  const stack = await stackAtRest(context);
  if (!stack) return;
  const { DeleteStackCommand } = await import('@aws-sdk/client-cloudformation');
  // By its id, under which it can be asked for when it is gone.
  const StackName = stack.StackId ?? stackName;
  const token = `delete-${digestOf([StackName, String(clock.wall())])}`;
  await cloudFormation.send(new DeleteStackCommand({ StackName, ClientRequestToken: token }));
  await clock.sleep(lookEveryMs, { signal });
  const left = await stackAtRest({ ...context, stackName: StackName });
  if (left) throw await stackFailure({ ...context, stackName: StackName }, left, token);
}

/** @returns `undefined` where nothing would change. */
async function prepareChanges(
  { cloudFormation, stackName, template, parameters, tags, clock, signal }: DeployStackOptions,
  stack: Stack | undefined,
  isNew: boolean,
): Promise<{ readonly name: string; readonly lines: readonly string[] } | undefined> {
  const { CreateChangeSetCommand, DeleteChangeSetCommand, DescribeChangeSetCommand } = await import(
    '@aws-sdk/client-cloudformation'
  );
  const known = isNew ? [] : (stack?.Parameters ?? []).map(({ ParameterKey = '' }) => ParameterKey);
  const declared = declaredParameters(template);
  const kept = known.filter((key) => !Object.hasOwn(parameters, key) && declared.has(key));
  const ChangeSetName = `dynamigrate-${digestOf([template, JSON.stringify(parameters), stack?.StackStatus ?? ''])}`;
  const named = { StackName: stackName, ChangeSetName };
  // Of an attempt that was cut off; it may be about a stack that has changed since.
  if (stack) await cloudFormation.send(new DeleteChangeSetCommand(named)).catch(() => undefined);
  await cloudFormation.send(
    new CreateChangeSetCommand({
      ...named,
      ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
      TemplateBody: template,
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: [
        ...Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
        ...kept.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
      ],
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  const changes: Change[] = [];
  for (;;) {
    const set = await cloudFormation.send(new DescribeChangeSetCommand(named));
    if (set.Status === 'FAILED') {
      await cloudFormation.send(new DeleteChangeSetCommand(named));
      if (/didn't contain changes|no updates are to be performed/i.test(set.StatusReason ?? '')) return undefined;
      throw new MigrateError('STACK_FAILED', `CloudFormation refuses the change: ${set.StatusReason}`, {
        fix: 'nothing was changed; mend what the reason names, then run the same command again',
      });
    }
    if (set.Status === 'CREATE_COMPLETE') {
      changes.push(...(set.Changes ?? []));
      let token = set.NextToken;
      while (token !== undefined) {
        const page = await cloudFormation.send(new DescribeChangeSetCommand({ ...named, NextToken: token }));
        changes.push(...(page.Changes ?? []));
        token = page.NextToken;
      }
      return { name: ChangeSetName, lines: changes.map(lineOf) };
    }
    throwIfStopped(signal, 'stopped before anything was changed');
    await clock.sleep(lookEveryMs, { signal });
  }
}

/** Parameters that a newer template does not have any more cannot be kept. */
function declaredParameters(template: string): ReadonlySet<string> {
  const section = /^Parameters:\n((?: .*\n)+)/m.exec(template)?.[1] ?? '';
  return new Set([...section.matchAll(/^ {2}(\w+):$/gm)].map(([, name = '']) => name));
}

function lineOf({ ResourceChange: change }: Change): string {
  const replaced = change?.Replacement === 'True' ? ', replaced' : '';
  return `  ${change?.Action?.toLowerCase()} ${change?.LogicalResourceId} (${change?.ResourceType}${replaced})`;
}

function outputsOf(stack: Stack | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
