import { MigrateError } from '../errors.js';
import { found } from '../transform/found.js';
import type { Transform } from '../transform/transform.js';
import { type Table, table } from './table.js';

/** What is wrong with a definition, and how to put it right. */
export function invalid(message: string, fix: string): MigrateError {
  return new MigrateError('MIGRATION_INVALID', message, { fix });
}

/** Checks that a definition has no key but `known`; a misspelt `irreversible` must not be ignored. */
export function assertKnownKeys(definition: object, what: string, known: readonly string[]): void {
  const unknown = Object.keys(definition).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw invalid(`\`${unknown}\` is not a key of ${what}`, `use ${known.map((key) => `\`${key}\``).join(', ')}`);
}

/** Checks `description`, which every migration has. */
export function assertDescription(description: unknown): asserts description is string {
  if (typeof description === 'string' && description.trim() !== '') return;
  throw invalid(`\`description\` is ${found(description)}`, 'say in a line what the migration does');
}

/** The table of a definition: made again, because JavaScript may have been given an object that looks like one. */
export function definedTable(key: string, value: unknown): Table<never> {
  if (typeof value !== 'object' || value === null) {
    throw invalid(`\`${key}\` is ${found(value)}`, "name the table and the type of its items: `table<Item>('NAME')`");
  }
  const { name, partitionKey, sortKey } = value as { name: string; partitionKey?: never; sortKey?: never };
  if (partitionKey === undefined) return table(name);
  return sortKey === undefined ? table(name, { partitionKey }) : table(name, { partitionKey, sortKey });
}

/** Refuses a definition that has a way back and a reason why there is none. */
export function assertOneWayBack(down: unknown, irreversible: unknown): void {
  if (down === undefined || irreversible === undefined) return;
  throw invalid('both `down` and `irreversible` are given', 'keep `down` if it leads back, else `irreversible`');
}

/** The text of `irreversible`. */
export function reasonOf(irreversible: unknown): string {
  if (typeof irreversible === 'string' && irreversible.trim() !== '') return irreversible;
  throw invalid(`\`irreversible\` is ${found(irreversible)}`, "say why there is no way back: `irreversible: '…'`");
}

export function freezeTransform(transform: Transform): Transform {
  return Object.freeze({ operations: Object.freeze([...transform.operations]) });
}
