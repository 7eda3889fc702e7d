import type { BackfillExecution } from '../../backfill/state-machine-name.js';
import { stateMachineName } from '../../backfill/state-machine-name.js';
import { isTransient } from '../../dynamodb/aws-errors.js';
import { isMigrateError, MigrateError, messageOf } from '../../errors.js';
import type { CheckpointBinding } from '../../ledger/checkpoints.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { LockedMigrator } from '../migrator.js';
import { moveOf } from './prepare-move.js';

/** Workers in AWS that copy the segments. */
export interface BackfillWorkers {
  /** Whether they are at work, as far as was seen last. */
  readonly areRunning: () => boolean;
  /** Stops looking; the workers go on. */
  readonly leave: () => Promise<void>;
}

const lookMs = 5_000;

/**
 * Starts the state machine of a move, or finds the execution that an earlier `up` started, and looks after it. When it
 * ends, however it does, what is left is this process's to do.
 *
 * @throws MigrateError `CONFIG_INVALID` without the package of the client, `MIGRATION_UNFINISHED` without the state
 * machine.
 */
export async function startWorkers(
  migrator: LockedMigrator,
  row: LedgerRow,
  binding: CheckpointBinding,
  onFailure: (error: unknown) => void,
): Promise<BackfillWorkers> {
  const { emit, clock, ledger, lease } = migrator;
  const { id, run, totalSegments } = binding;
  const sfn = await openStepFunctions(migrator);

  let arn = moveOf(row).execution;
  const known = arn === undefined ? undefined : await sfn.status(arn);
  if (known?.status === 'RUNNING') emit({ type: 'log', id, message: `following the execution ${arn}` });
  else {
    // The token is this command's own: sent twice, it is one execution.
    const stateMachine = stateMachineArn(migrator, id);
    const name = `run-${run}-${lease.token}`;
    const input: BackfillExecution = { id, run, segments: Array.from({ length: totalSegments }, (_, index) => index) };
    arn = await sfn.start({ stateMachine, name, input }).catch((error: unknown) => {
      throw (error as Error).name === 'StateMachineDoesNotExist' ? notDeployed(id, stateMachine, error) : error;
    });
    await ledger.update(lease, id, { move: { ...moveOf(row), execution: arn } });
    emit({ type: 'log', id, message: `started the execution ${arn}` });
  }
  const execution = arn ?? '';

  let running = true;
  const left = new AbortController();
  async function watch(): Promise<void> {
    while (!left.signal.aborted) {
      await clock.sleep(lookMs, { signal: left.signal });
      if (left.signal.aborted) return;
      const found = await sfn.status(execution).catch((error: unknown) => {
        if (isTransient(error) || isMigrateError(error, 'ENDPOINT_UNREACHABLE')) return undefined;
        throw error;
      });
      if (!found || found.status === 'RUNNING') continue;
      running = false;
      if (found.status === 'SUCCEEDED') return;
      const why = [found.error, found.cause].filter((text) => text !== undefined).join(': ');
      emit({
        type: 'warning',
        message: `the execution ${execution} ended as ${found.status}${why === '' ? '' : ` (${why})`}; what is left of the backfill is done by this process`,
      });
      return;
    }
  }
  const watching = watch().catch(onFailure);
  return {
    areRunning: () => running,
    async leave() {
      left.abort();
      await watching;
    },
  };
}

interface ExecutionStatus {
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Few of its calls are needed, by few: the package is loaded where it is asked for. */
async function openStepFunctions({ settings, metaTable }: LockedMigrator) {
  const { SFNClient, StartExecutionCommand, DescribeExecutionCommand } = await import('@aws-sdk/client-sfn').catch(
    (cause: unknown) => {
      throw new MigrateError('CONFIG_INVALID', "`backfill: 'step-functions'` needs the package `@aws-sdk/client-sfn`", {
        cause,
        fix: 'npm install --save-dev @aws-sdk/client-sfn',
      });
    },
  );
  const region = settings.region ?? regionOf(metaTable.arn());
  const client = new SFNClient({
    ...(region !== undefined && { region }),
    ...(settings.profile !== undefined && { profile: settings.profile }),
  });
  /** What has no answer is not DynamoDB's endpoint, which other errors of the kind are about. */
  async function answered<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      if ((thrown as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode || !isTransient(thrown)) {
        throw thrown;
      }
      throw new MigrateError('ENDPOINT_UNREACHABLE', `Step Functions does not answer (${messageOf(thrown)})`, {
        cause: thrown,
        fix: 'look at the network and at AWS_ENDPOINT_URL_SFN, then run `migrate up` again: it resumes',
      });
    }
  }
  return {
    async start({ stateMachine, name, input }: { stateMachine: string; name: string; input: unknown }) {
      const command = new StartExecutionCommand({ stateMachineArn: stateMachine, name, input: JSON.stringify(input) });
      return (await answered(() => client.send(command))).executionArn ?? '';
    },
    /** `undefined` for one that AWS does not know any more. */
    async status(executionArn: string): Promise<ExecutionStatus | undefined> {
      try {
        const {
          status = '',
          error,
          cause,
        } = await answered(() => client.send(new DescribeExecutionCommand({ executionArn })));
        return { status, error, cause };
      } catch (thrown) {
        if ((thrown as Error).name === 'ExecutionDoesNotExist') return { status: 'gone' };
        throw thrown;
      }
    },
  };
}

/** The ARN of the state machine that a move is expected to have, in the account and region of the meta table. */
function stateMachineArn({ metaTable, settings }: LockedMigrator, id: string): string {
  const [, partition = 'aws', , region = '', account = ''] = (metaTable.arn() ?? '').split(':');
  const name = stateMachineName({ metaTable: settings.metaTable, id });
  return `arn:${partition}:states:${region}:${account}:stateMachine:${name}`;
}

function regionOf(arn: string | undefined): string | undefined {
  return arn?.split(':')[3];
}

function notDeployed(id: string, stateMachine: string, cause: unknown): MigrateError {
  return new MigrateError('MIGRATION_UNFINISHED', `there is no state machine \`${stateMachine}\``, {
    migration: id,
    cause,
    fix: "deploy it with the worker function, then run `migrate up` again; or leave out `backfill: 'step-functions'`",
  });
}
