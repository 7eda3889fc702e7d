/** How many workers run at once, where nobody says. */
export const workersAtOnce = 100;

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
export function backfillStateMachine({ worker, maxConcurrency = workersAtOnce }: BackfillStateMachineOptions) {
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
