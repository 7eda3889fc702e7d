import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BackfillExecution } from '../../src/backfill/state-machine-name.js';
import type { BackfillEvent, BackfillResult } from '../../src/sync-lambda/create-backfill-handler.js';
import { backfillStateMachine } from '../../src/sync-lambda/state-machine.js';
import './promise-with-resolvers.js';

const { StateMachine } = await import('aws-local-stepfunctions');

export interface StepFunctionsOptions {
  readonly worker: (event: BackfillEvent) => Promise<BackfillResult>;
  readonly maxConcurrency: number;
  /** The name of the state machine. */
  readonly name?: string;
}

/** An endpoint that knows StartExecution and DescribeExecution, and really runs the machine that it is asked for. */
export interface StepFunctions {
  readonly endpoint: string;
  /** The executions, by the name they were started with. */
  readonly executions: Map<string, { status: string; readonly input: BackfillExecution; error?: string }>;
  /** Starts an execution that failed once more, with its input, as the console's redrive does. */
  redrive(name: string): void;
  /** Whether the state machine is there. */
  isDeployed: boolean;
  close(): Promise<void>;
}

const prefix = 'arn:aws:states:us-east-1:000000000000:execution:';

export async function startStepFunctions({
  worker,
  maxConcurrency,
  name: machineName = 'dynamigrate-001-rename-backfill',
}: StepFunctionsOptions): Promise<StepFunctions> {
  const executions: StepFunctions['executions'] = new Map();
  const definition = backfillStateMachine({
    worker: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
    maxConcurrency,
  });

  function start(name: string, input: BackfillExecution): void {
    const execution: { status: string; input: BackfillExecution; error?: string } = { status: 'RUNNING', input };
    executions.set(name, execution);
    const machine = new StateMachine(definition as never);
    const { result, abort } = machine.run(input as never, {
      overrides: {
        taskResourceLocalHandlers: { Work: (event: unknown) => worker(event as BackfillEvent) as never },
        waitTimeOverrides: { Wait: 200 },
        retryIntervalOverrides: { Work: 100 },
      },
    });
    result.then(
      () => {
        execution.status = 'SUCCEEDED';
      },
      (error: Error) => {
        execution.status = 'FAILED';
        execution.error = error.message;
        // The interpreter would go on with the iterations that are under way, and AWS does not.
        abort();
      },
    );
  }

  const answer = (operation: string, body: Record<string, string>): [number, unknown] => {
    if (operation === 'StartExecution') {
      const { name = '', input = '{}', stateMachineArn = '' } = body;
      if (!stepFunctions.isDeployed || !stateMachineArn.endsWith(`:stateMachine:${machineName}`)) {
        return [400, { __type: 'StateMachineDoesNotExist' }];
      }
      if (!executions.has(name)) start(name, JSON.parse(input));
      return [200, { executionArn: `${prefix}${name}`, startDate: 0 }];
    }
    const execution = executions.get((body.executionArn ?? '').slice(prefix.length));
    if (!execution) return [400, { __type: 'ExecutionDoesNotExist' }];
    return [
      200,
      { ...execution, input: JSON.stringify(execution.input), ...(execution.error && { cause: execution.error }) },
    ];
  };

  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const [status, body] = answer(operation, JSON.parse(await textOf(request)));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stepFunctions: StepFunctions = {
    isDeployed: true,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    executions,
    redrive(name) {
      const execution = executions.get(name);
      if (execution?.status !== 'FAILED') throw new Error(`${name} is ${execution?.status}`);
      start(name, execution.input);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stepFunctions;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
