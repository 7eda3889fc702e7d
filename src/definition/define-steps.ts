import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { Tables } from '../dynamodb/tables.js';
import { MigrateError } from '../errors.js';
import { definitionMark } from './definition-mark.js';

/** What the functions of a steps-migration work with. */
export interface StepsContext {
  /** Table and index work. */
  readonly tables: Tables;
  /**
   * The SDK's client, configured for the environment. Every write through it is refused once the lock is lost,
   * and in a dry run; do not make another client.
   */
  readonly client: DynamoDBClient;
  /** The document client over the same client. A number that a double cannot hold comes as the SDK's `NumberValue`. */
  readonly documents: DynamoDBDocument;
  /** From the name of a table in migrations to its name in this environment. */
  readonly tableName: (name: string) => string;
  /**
   * Runs `work` once: a step that finished is skipped when the migration is run again. A step that was cut off
   * in the middle runs again from its beginning, so write it to be repeatable.
   */
  readonly step: (name: string, work: () => unknown) => Promise<void>;
  /** Says something on the terminal. */
  readonly log: (message: string) => void;
  /** Aborted by Ctrl-C and by the loss of the lock; long loops should look at it. */
  readonly signal: AbortSignal;
  /** Nothing can be written: the client refuses. */
  readonly dryRun: boolean;
}

export interface StepsDefinition {
  /** What it does, in a line; shown by `status`. */
  readonly description: string;
  readonly up: (ctx: StepsContext) => Promise<void>;
  /** The way back. Without one, say why in `irreversible`. */
  readonly down?: (ctx: StepsContext) => Promise<void>;
  /** Why there is no way back. */
  readonly irreversible?: string;
}

export interface StepsMigration {
  readonly kind: 'steps';
  readonly description: string;
  readonly up: (ctx: StepsContext) => Promise<void>;
  readonly down: ((ctx: StepsContext) => Promise<void>) | undefined;
  readonly irreversible: string | undefined;
}

const keys = ['description', 'up', 'down', 'irreversible'];

/**
 * An imperative migration: tables, indexes, settings, seeds.
 *
 * @example
 * export default defineSteps({
 *   description: 'Create ORDERS',
 *   up: async (ctx) => {
 *     await ctx.step('create', () => ctx.tables.create({ name: 'ORDERS', partitionKey: { name: 'id', type: 'S' } }));
 *   },
 *   down: async (ctx) => {
 *     await ctx.step('delete', () => ctx.tables.delete('ORDERS'));
 *   },
 * });
 *
 * @throws MigrateError `MIGRATION_INVALID`.
 */
export function defineSteps(definition: StepsDefinition): StepsMigration {
  const { description, up, down, irreversible } = definition;
  const invalid = (message: string, fix: string) => new MigrateError('MIGRATION_INVALID', message, { fix });
  const unknown = Object.keys(definition).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(`\`${unknown}\` is not a key of defineSteps`, `use ${keys.join(', ')}`);
  if (typeof description !== 'string' || description.trim() === '') {
    throw invalid('`description` is missing', 'say in a line what the migration does');
  }
  if (typeof up !== 'function')
    throw invalid(`\`up\` is ${typeof up}, not a function`, 'write `up: async (ctx) => { … }`');
  if (down !== undefined && typeof down !== 'function') {
    throw invalid(`\`down\` is ${typeof down}, not a function`, 'write `down: async (ctx) => { … }`');
  }
  if ((down === undefined) === (irreversible === undefined)) {
    throw invalid(
      down ? 'both `down` and `irreversible` are given' : 'neither `down` nor `irreversible` is given',
      'write `down`, or say why there is none: `irreversible: "…"`',
    );
  }
  return definitionMark({ kind: 'steps', description, up, down, irreversible });
}
