import { MigrateError } from '../errors.js';

/** What a function is told by the template: real names of tables. */
export interface FunctionTables {
  readonly source: string;
  readonly target: string;
  readonly metaTable: string;
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
