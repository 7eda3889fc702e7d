import { messageOf } from '../errors.js';
import { removeSync } from '../sync-lambda/deploy/deploy-sync.js';
import { stackNameOf } from '../sync-lambda/stack-name.js';
import type { NextStep } from './report.js';
import type { Session } from './session.js';

/**
 * Deletes what was deployed for moves that have ended, where `up` deploys; else says how. They have ended: whatever
 * becomes of the stack is told, and fails nothing.
 */
export async function removeDeployed(session: Session, ids: readonly string[]): Promise<NextStep[]> {
  const { settings, warn, commandLine } = session;
  const left: NextStep[] = [];
  // What an engine of its own has, nobody deploys for.
  const isDeployed = settings.sync !== 'process' && settings.engine === undefined;
  for (const id of isDeployed ? ids : []) {
    if (settings.sync === 'deploy') {
      try {
        await removeStack(session, id);
        continue;
      } catch (error) {
        warn(`${id} has ended, but what was deployed for it is there still: ${messageOf(error)}`);
      }
    }
    left.push({ why: 'delete what was deployed for it', command: commandLine(`sync remove ${id}`) });
  }
  return left;
}

/** Answers the name of the stack, and whether there was one. */
export async function removeStack({ migrator, settings }: Session, id: string) {
  const { clock, signal, emit } = migrator;
  const stackName = stackNameOf(settings.environment, id);
  const removed = await removeSync({
    connection: { region: settings.region, profile: settings.profile },
    stackName,
    clock,
    signal,
    say: (message) => emit({ type: 'log', id, message }),
  });
  return { stackName, removed };
}
