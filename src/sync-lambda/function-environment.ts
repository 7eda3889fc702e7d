import type { Limits } from '../dynamodb/budget/budgets.js';
import { parseLimit } from '../dynamodb/budget/limit.js';
import type { OnDemandFigures } from '../dynamodb/budget/table-capacity.js';
import { MigrateError, messageOf } from '../errors.js';

/** What a function is told by the template: real names of tables. */
export interface FunctionTables {
  readonly source: string;
  readonly target: string;
  readonly metaTable: string;
}

/** What a worker is told of the budget: nothing where there is none. Each worker uses a part of it. */
export interface WorkerBudget extends Limits {
  readonly onDemand?: OnDemandFigures | undefined;
}

/** @throws MigrateError `CONFIG_INVALID` for text that is no budget. */
export function workerBudget({ BUDGET: text }: Readonly<Record<string, string | undefined>>): WorkerBudget {
  if (text === undefined || text === '') return {};
  try {
    const { read, write, onDemand } = JSON.parse(text) as WorkerBudget;
    return { read: parseLimit('read', read), write: parseLimit('write', write), onDemand };
  } catch (error) {
    throw new MigrateError('CONFIG_INVALID', `the environment variable \`BUDGET\` is no budget: ${messageOf(error)}`, {
      cause: error,
      fix: `set it to JSON such as \`{"write":250}\` or \`{"write":"25%"}\`, or take it away`,
    });
  }
}

/** @throws MigrateError `CONFIG_INVALID` where a variable is not set. */
export function functionTables(environment: Readonly<Record<string, string | undefined>>): FunctionTables {
  const variable = (name: string) => {
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    throw new MigrateError('CONFIG_INVALID', `the environment variable \`${name}\` of the function is not set`, {
      fix: 'deploy the function with the template that was generated with it',
    });
  };
  return {
    source: variable('SOURCE_TABLE'),
    target: variable('TARGET_TABLE'),
    metaTable: variable('META_TABLE'),
  };
}
