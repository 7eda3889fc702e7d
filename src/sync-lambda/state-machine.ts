/** What `up` starts an execution with. */
export interface BackfillExecution {
  /** The migration's id, and its run: an execution of an earlier run ends without doing anything. */
  readonly id: string;
  readonly run: number;
  /** The numbers of the segments. */
  readonly segments: readonly number[];
}

export interface BackfillStateMachineOptions {
  /** The worker function: its ARN, or what a template replaces by it (`${WorkerArn}`). */
  readonly worker: string;
  /** How many workers run at once. Default: 100. */
  readonly maxConcurrency?: number;
}

/**
 * The Amazon States Language definition of a backfill, as a plain object: a Distributed Map over the segments. Each of
 * its iterations calls the worker with one segment until that is done, so neither the 15 minutes of a function nor a
 * segment that takes hours ends anything. What is done is in the meta table only: an iteration, or the whole execution,
 * can be repeated, redriven or started twice.
 */
export function backfillStateMachine({ worker, maxConcurrency = 100 }: BackfillStateMachineOptions) {
  return {
    Comment: 'dynamigrate: the segments of a backfill, a worker each',
    StartAt: 'Backfill',
    States: {
      Backfill: {
        Type: 'Map',
        ItemsPath: '$.segments',
        ItemSelector: { 'id.$': '$.id', 'run.$': '$.run', 'segment.$': '$$.Map.Item.Value' },
        MaxConcurrency: maxConcurrency,
        // One segment that fails must not stop the thousands beside it; `up` finds it, and goes on with it.
        ToleratedFailurePercentage: 10,
        ItemProcessor: {
          // An express workflow would end after 5 minutes.
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Work',
          States: {
            Work: {
              Type: 'Task',
              Resource: worker,
              // Longer than a function can run.
              TimeoutSeconds: 960,
              ResultPath: '$.result',
              Retry: [
                {
                  ErrorEquals: ['Lambda.TooManyRequestsException'],
                  IntervalSeconds: 5,
                  BackoffRate: 2,
                  MaxDelaySeconds: 300,
                  MaxAttempts: 100,
                  JitterStrategy: 'FULL',
                },
                {
                  // A function that was killed, too. The next one takes its segment over.
                  ErrorEquals: ['States.ALL'],
                  IntervalSeconds: 5,
                  BackoffRate: 2,
                  MaxDelaySeconds: 120,
                  MaxAttempts: 8,
                  JitterStrategy: 'FULL',
                },
              ],
              Next: 'Done?',
            },
            'Done?': {
              Type: 'Choice',
              Choices: [
                { Variable: '$.result.done', BooleanEquals: true, Next: 'Done' },
                { Variable: '$.result.wait', BooleanEquals: true, Next: 'Wait' },
              ],
              Default: 'Work',
            },
            // Somebody else has the segment, or the migration is paused.
            Wait: { Type: 'Wait', Seconds: 30, Next: 'Work' },
            // The results of all iterations together may have 256 KB.
            Done: { Type: 'Pass', Result: {}, End: true },
          },
        },
        ResultPath: null,
        End: true,
      },
    },
  } as const;
}

/** What a state machine's name may have: 80 characters. */
const nameLength = 80;

/**
 * The name of the state machine of a move, by which `up` finds it: letters, digits, `-` and `_` of the meta table's name
 * and the id, `-backfill` at its end.
 */
export function stateMachineName({ metaTable, id }: { readonly metaTable: string; readonly id: string }): string {
  const suffix = '-backfill';
  const name = `${metaTable}-${id}`.replace(/[^A-Za-z0-9_-]/g, '-');
  if (name.length + suffix.length <= nameLength) return `${name}${suffix}`;
  // Cut, two long names could be one.
  const hash = `-${hashOf(`${metaTable} ${id}`)}`;
  return `${name.slice(0, nameLength - suffix.length - hash.length)}${hash}${suffix}`;
}

/** FNV-1a: short, the same everywhere, and nobody's secret. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
