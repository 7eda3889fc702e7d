import type { AttributeValue } from '../item/attribute-value.js';
import type { Exact } from '../transform/exact.js';
import { invertTransform } from '../transform/invert-transform.js';
import type { Items } from '../transform/items.js';
import { touchedAttributes } from '../transform/touched-attributes.js';
import type { Transform } from '../transform/transform.js';
import { buildTransform } from './build-transform.js';
import {
  assertDescription,
  assertKnownKeys,
  assertOneWayBack,
  definedTable,
  freezeTransform,
  invalid,
  reasonOf,
} from './definition-checks.js';
import { definitionMark } from './definition-mark.js';
import { type ScalarFilter, scalarFilter } from './scalar-filter.js';
import type { Table } from './table.js';
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
  /** Only in a move. */
  readonly from?: undefined;
  /** Only in a move. */
  readonly to?: undefined;
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
 * Checks the definition of a migration in place.
 *
 * @throws MigrateError `MIGRATION_INVALID`.
 */
export function defineInPlace<Before, After, Up, Down>(
  definition: InPlaceDefinition<Before, After, Up, Down>,
): InPlaceMigration {
  assertKnownKeys(definition, '`defineMigration`', keys);
  assertDescription(definition.description);
  const table = definedTable('table', definition.table);
  const where = scalarFilter(definition.where);
  const fixed = [
    ...[table.partitionKey, table.sortKey].map((key) => ({ name: key, role: 'a key attribute' })),
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
    up: freezeTransform(up),
    down: down && freezeTransform(down),
    irreversible,
  });
}

const keys = ['description', 'table', 'where', 'up', 'down', 'irreversible'];

interface FixedAttribute {
  readonly name: string | undefined;
  readonly role: string;
}

/** What no transform of items where they are may do: leave open what is done, move an item, or hide it from a resume. */
function assertInPlace(key: 'up' | 'down', transform: Transform, fixed: readonly FixedAttribute[]): void {
  for (const { description, inPlaceProblem } of transform.operations) {
    if (inPlaceProblem === undefined) continue;
    throw invalid(`\`${description}\` in \`${key}\` ${inPlaceProblem.problem}`, inPlaceProblem.fix);
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
  assertOneWayBack(down, irreversible);
  if (down !== undefined) return { down: buildTransform('down', down), irreversible: undefined };
  if (irreversible !== undefined) return { down: undefined, irreversible: reasonOf(irreversible) };
  const inverse = invertTransform(up);
  if ('transform' in inverse) return { down: inverse.transform, irreversible: undefined };
  throw invalid(
    `there is no way back: ${inverse.irreversible}`,
    "write `down: (items) => …`, or say why there is none: `irreversible: '…'`",
  );
}
