import { MigrateError } from '../errors.js';
import type { AttributeValue } from '../item/attribute-value.js';
import type { Exact } from '../transform/exact.js';
import { found } from '../transform/found.js';
import { invertTransform } from '../transform/invert-transform.js';
import type { Items } from '../transform/items.js';
import { touchedAttributes } from '../transform/touched-attributes.js';
import type { Transform } from '../transform/transform.js';
import { buildTransform } from './build-transform.js';
import { definitionMark } from './definition-mark.js';
import { type ScalarFilter, scalarFilter } from './scalar-filter.js';
import { table as namedTable, type Table } from './table.js';

/** What `defineMigration` takes for a migration that rewrites items where they are. */
export interface InPlaceDefinition<Before, After, Up, Down> {
  /** What it does, in a line; shown by `status`. */
  readonly description: string;
  /** The table, as `table<Before>('NAME')`, or `table<Before, After>('NAME')` to have the result of `up` checked. */
  readonly table: Table<Before, After>;
  /** Only items with exactly these values; DynamoDB leaves the other items of a single-table design out after reading them. */
  readonly where?: ScalarFilter<Before>;
  /** What happens to each item. Called once, when the migration is defined. */
  readonly up: (items: Items<Before>) => Items<Up> & Exact<Up, After>;
  /** The way back. Derived where every operation of `up` has an inverse. Write it after `up`, whose result it takes. */
  readonly down?: (items: Items<Up>) => Items<Down> & Exact<Down, Before>;
  /** Why there is no way back. */
  readonly irreversible?: string;
}

/** A migration that rewrites items where they are. */
export interface InPlaceMigration {
  readonly kind: 'in-place';
  readonly description: string;
  readonly table: { readonly name: string; readonly partitionKey?: string; readonly sortKey?: string };
  /** Items must have each of these attributes with this value. */
  readonly where: Readonly<Record<string, AttributeValue>> | undefined;
  readonly up: Transform;
  /** `undefined` if there is no way back. */
  readonly down: Transform | undefined;
  /** Why there is no way back; set exactly if `down` is not. */
  readonly irreversible: string | undefined;
}

/**
 * Defines a data migration; the default export of its file.
 *
 * @example
 * export default defineMigration({
 *   description: 'Rename prefVal to preferenceValue; every preference gets a channel',
 *   table: table<PreferenceV1, PreferenceV2>('USER_PREFERENCES'),
 *   up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
 * });
 *
 * @throws MigrateError `MIGRATION_INVALID`, with what was found and what to write instead.
 */
export function defineMigration<Before, After, Up, Down>(
  definition: InPlaceDefinition<Before, After, Up, Down>,
): InPlaceMigration {
  assertShape(definition);
  const { name, partitionKey, sortKey } = definition.table;
  // Again, because JavaScript may have been given an object that looks like one.
  const table = partitionKey === undefined ? namedTable(name) : namedTable(name, keysOf(partitionKey, sortKey));
  const where = scalarFilter(definition.where);
  const fixed = [
    ...[partitionKey, sortKey].map((key) => ({ name: key, role: 'a key attribute' })),
    ...Object.keys(where ?? {}).map((key) => ({ name: key, role: 'an attribute of `where`' })),
  ];
  const up = buildTransform('up', definition.up);
  assertInPlace('up', up, fixed);
  const { down, irreversible } = wayBack(up, definition.down, definition.irreversible);
  if (down !== undefined) assertInPlace('down', down, fixed);
  return definitionMark({
    kind: 'in-place',
    description: definition.description,
    table,
    where,
    up: freeze(up),
    down: down && freeze(down),
    irreversible,
  });
}

const keys = ['description', 'table', 'where', 'up', 'down', 'irreversible'];

function assertShape(definition: { readonly description: string; readonly table: object }): void {
  if (typeof definition !== 'object' || definition === null) {
    throw invalid(`\`defineMigration\` was given ${found(definition)}`, 'give an object: `defineMigration({ … })`');
  }
  const unknown = Object.keys(definition).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw invalid(
      `\`${unknown}\` is not a key of \`defineMigration\``,
      `use ${keys.map((key) => `\`${key}\``).join(', ')}`,
    );
  }
  const { description, table } = definition;
  if (typeof description !== 'string' || description.trim() === '') {
    throw invalid(`\`description\` is ${found(description)}`, 'say in a line what the migration does');
  }
  if (typeof table !== 'object' || table === null) {
    throw invalid(`\`table\` is ${found(table)}`, "name the table and the type of its items: `table<Item>('NAME')`");
  }
}

function keysOf(partitionKey: string, sortKey: string | undefined) {
  return sortKey === undefined ? { partitionKey } : { partitionKey, sortKey };
}

interface FixedAttribute {
  readonly name: string | undefined;
  readonly role: string;
}

/** What no transform of items where they are may do: leave open what is done, move an item, or hide it from a resume. */
function assertInPlace(key: 'up' | 'down', transform: Transform, fixed: readonly FixedAttribute[]): void {
  for (const { description, inPlaceProblem } of transform.operations) {
    if (inPlaceProblem === undefined) continue;
    throw invalid(
      `\`${description}\` in \`${key}\` ${inPlaceProblem}`,
      'a run that is resumed meets items that are done already, and has to tell them from the others',
    );
  }
  const touched = touchedAttributes(transform);
  const attribute = fixed.find(({ name }) => name !== undefined && touched.has(name));
  if (attribute === undefined) return;
  const operation = transform.operations.find(({ touches }) => touches.includes(attribute.name ?? ''));
  throw invalid(
    `\`${operation?.description}\` in \`${key}\` changes \`${attribute.name}\`, ${attribute.role}`,
    'an item keeps its key and stays among those that the migration is about: leave the attribute as it is',
  );
}

function wayBack(
  up: Transform,
  down: unknown,
  irreversible: unknown,
): { down: Transform | undefined; irreversible: string | undefined } {
  if (down !== undefined && irreversible !== undefined) {
    throw invalid('both `down` and `irreversible` are given', 'keep `down` if it leads back, else `irreversible`');
  }
  if (down !== undefined) return { down: buildTransform('down', down), irreversible: undefined };
  if (irreversible !== undefined) return { down: undefined, irreversible: reason(irreversible) };
  const inverse = invertTransform(up);
  if ('transform' in inverse) return { down: inverse.transform, irreversible: undefined };
  throw invalid(
    `there is no way back: ${inverse.irreversible}`,
    "write `down: (items) => …`, or say why there is none: `irreversible: '…'`",
  );
}

function reason(irreversible: unknown): string {
  if (typeof irreversible === 'string' && irreversible.trim() !== '') return irreversible;
  throw invalid(`\`irreversible\` is ${found(irreversible)}`, "say why there is no way back: `irreversible: '…'`");
}

function freeze(transform: Transform): Transform {
  return Object.freeze({ operations: Object.freeze([...transform.operations]) });
}

function invalid(message: string, fix: string): MigrateError {
  return new MigrateError('MIGRATION_INVALID', message, { fix });
}
