import { stateMachineName } from '../../backfill/state-machine-name.js';
import { workerGrants } from '../../iam/function-grants.js';
import type { WorkerBudget } from '../function-environment.js';
import { backfillStateMachine } from '../state-machine.js';
import { functionResources } from './function.js';
import { attribute, type Resources, ref, sub, type Value } from './intrinsics.js';

export interface BackfillOptions {
  readonly migration: string;
  readonly metaTable: string;
  readonly keysChange: boolean;
  /** Of all workers together. */
  readonly budget?: WorkerBudget | undefined;
}

/** AWS: the longest that a function may run. The worker returns in time. */
const workerTimeout = 900;

/** The worker of the backfill and the state machine that calls it, which `up` starts by its name. */
export function backfillParts({ migration, metaTable, keysChange, budget = {} }: BackfillOptions): {
  readonly resources: Resources;
  readonly outputs: Resources;
} {
  const name = stateMachineName({ metaTable, id: migration });
  const machine = `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:${name}`;
  const allow = (Sid: string, Action: string[], Resource: Value[]): Value => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
  });
  return {
    resources: {
      ...functionResources({
        name: 'Worker',
        direction: 'up',
        description: `Backfill of ${migration}`.slice(0, 256),
        grants: workerGrants(keysChange),
        memory: ref('MemorySize'),
        variables: budgetVariable(budget),
        timeout: workerTimeout,
        handler: 'worker',
      }),
      BackfillRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: ['states.amazonaws.com'] }, Action: ['sts:AssumeRole'] },
            ],
          },
          Policies: [
            {
              PolicyName: 'backfill',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  allow('Worker', ['lambda:InvokeFunction'], [attribute('WorkerFunction', 'Arn')]),
                  // A Distributed Map starts executions of its own machine, and looks after them.
                  allow('Children', ['states:StartExecution'], [sub(machine)]),
                  allow(
                    'ChildExecutions',
                    ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
                    [sub(`${machine.replace(':stateMachine:', ':execution:')}/*`)],
                  ),
                ],
              },
            },
          ],
        },
      },
      BackfillStateMachine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: name,
          StateMachineType: 'STANDARD',
          RoleArn: attribute('BackfillRole', 'Arn'),
          Definition: backfillStateMachine({ worker: `\${WorkerArn}` }) as unknown as Value,
          DefinitionSubstitutions: { WorkerArn: attribute('WorkerFunction', 'Arn') },
        },
      },
    },
    outputs: {
      BackfillStateMachineArn: {
        Description: 'The state machine that `migrate up` starts',
        Value: ref('BackfillStateMachine'),
      },
    },
  };
}

function budgetVariable({ read, write, onDemand = {} }: WorkerBudget): Resources {
  const hasFigures = onDemand.read !== undefined || onDemand.write !== undefined;
  const text = JSON.stringify({ read, write, ...(hasFigures && { onDemand }) });
  return text === '{}' ? {} : { BUDGET: text };
}
