import type { WorkerBudget } from '../function-environment.js';
import { optionalPackage } from '../optional-package.js';
import { backfillParts } from './backfill.js';
import { directionResources } from './direction.js';
import { attribute, type Resources, ref, type Value } from './intrinsics.js';
import { conditions, parametersOf, type TemplateDefaults } from './parameters.js';

export interface TemplateOptions extends TemplateDefaults {
  /** The migration's id. */
  readonly migration: string;
  /** Of the bundle. */
  readonly sha256: string;
  readonly keysChange: boolean;
  /** Whether there is a way back after the cutover. */
  readonly reversible: boolean;
  /** Whether Lambda functions copy the items too, under a state machine. */
  readonly backfill: boolean;
  /** Of these functions. */
  readonly budget?: WorkerBudget | undefined;
}

/** The CloudFormation template of a move's live sync, as plain data. */
export function templateOf(options: TemplateOptions): Readonly<Record<string, Value>> {
  const { migration, keysChange, reversible, metaTable, sha256, budget } = options;
  const backfill = options.backfill ? backfillParts({ migration, metaTable, keysChange, budget }) : undefined;
  const directions = reversible ? (['up', 'down'] as const) : (['up'] as const);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Live sync of the migration ${migration}, made by dynamigrate`.slice(0, 1_024),
    Metadata: { Dynamigrate: { Migration: migration, BundleSha256: sha256 } },
    Parameters: parametersOf(options),
    Conditions: conditions,
    Resources: Object.assign(
      {},
      ...directions.map((direction) => directionResources({ migration, direction, keysChange, reversible })),
      backfill?.resources,
    ) as Value,
    Outputs: Object.assign({}, ...directions.map(outputsOf), backfill?.outputs) as Value,
  };
}

function outputsOf(direction: 'up' | 'down'): Resources {
  const name = direction === 'up' ? 'Sync' : 'ReverseSync';
  const Condition = direction === 'up' ? 'HasSourceStream' : 'HasTargetStream';
  const output = (Description: string, value: Value, more = {}): Value => ({ Description, ...more, Value: value });
  return {
    [`${name}FunctionArn`]: output('The function that follows the stream', attribute(`${name}Function`, 'Arn')),
    [`${name}MappingId`]: output('The event source mapping that feeds it', ref(`${name}Mapping`), { Condition }),
    [`${name}LettersUrl`]: output('The queue of what was given up', ref(`${name}LettersQueue`)),
  };
}

/** Written by a library, so that no name of a table or migration can be read as anything else. */
export async function templateText(template: Readonly<Record<string, Value>>): Promise<string> {
  const { stringify } = await optionalPackage('yaml', () => import('yaml'));
  // CloudFormation reads YAML 1.1, where `2012-10-17` is a date and `no` is false: those are quoted then.
  return stringify(template, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}
