import type { KeyAttribute } from '../dynamodb/table-spec.js';
import type { TargetWishes } from '../dynamodb/target-wishes.js';
import { MigrateError } from '../errors.js';
import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { maxItemSize, oversize } from '../item/size.js';
import { callDown, type DownFunction } from '../transform/call-down.js';
import type { Exact } from '../transform/exact.js';
import { found } from '../transform/found.js';
import type { MovedItems, MoveItems } from '../transform/move-items.js';
import { restoreTransform } from '../transform/restore-transform.js';
import type { Stored } from '../transform/shape.js';
import { spreadItem } from '../transform/spread-item.js';
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
import { assertMoveKeys } from './move-keys.js';
import type { Table } from './table.js';
import { targetWishes } from './target-wishes.js';

/** What `defineMigration` takes for a migration that moves items from one table to another. */
export interface MoveDefinition<From, To, Up, Down> {
  /** What it does, in a line; shown by `status`. */
  readonly description: string;
  /** The table that items come from, as `table<From>('NAME')`. It is read, and written only by the reverse sync. */
  readonly from: Table<From>;
  /** The table that items go to, as `table<To>('NAME')`. It is made like the source, unless `target` says otherwise. */
  readonly to: Table<To>;
  /** What happens to each item. Called once, when the migration is defined. */
  readonly up: (items: MoveItems<From>) => MovedItems<Up> & Exact<Up, To>;
  /**
   * The old form of an item of the new table, given the old item as it is now; `undefined` where there is none. Pure
   * and synchronous, on plain values. Derived where every operation of `up` can be taken back.
   */
  readonly down?: (item: Readonly<To>, old: Readonly<From> | undefined) => Down & Exact<Stored<Down>, From>;
  /** Why there is no way back after the cutover. */
  readonly irreversible?: string;
  /** What the new table gets that the old one has not, and the other way round. */
  readonly target?: TargetWishes;
  /** Only in place. */
  readonly table?: undefined;
}

/** A migration that moves items from one table to another, while both are in use. */
export interface MoveMigration {
  readonly kind: 'move';
  readonly description: string;
  readonly from: MoveTable;
  readonly to: MoveTable;
  /** What the author asked of the new table. */
  readonly target: TargetWishes;
  /** For descriptions; `apply` runs it. */
  readonly up: Transform;
  /**
   * The target items of one source item; none where a `filter` leaves it out. Pure.
   *
   * @throws MigrateError `ATTRIBUTE_COLLISION`, `ITEM_INVALID`, `ITEM_TOO_LARGE`, `TRANSFORM_FAILED`,
   * `TRANSFORM_ASYNC` or `NOT_IDEMPOTENT`. The error does not know the item's key.
   */
  readonly apply: <T extends AnyItem>(item: T) => readonly (T | RawItem)[];
  /**
   * The old form of a target item, given the old item as it is; `undefined` where there is none. Pure. Throws like
   * `apply`.
   */
  readonly down: ((item: RawItem, old: RawItem | undefined) => RawItem) | undefined;
  /** Why there is no way back after the cutover; set exactly if `down` is not. */
  readonly irreversible: string | undefined;
  /** `undefined`: the target key is the source key, by position. */
  readonly rekeyed: Rekeyed | undefined;
}

/** A table of a move, with its keys if they are declared. */
export interface MoveTable {
  readonly name: string;
  readonly partitionKey?: string;
  readonly sortKey?: string;
}

/** The key of the target, where it is not that of the source. */
export interface Rekeyed {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  /** Source key attribute → attribute of the target items that keeps it; the same name where it is not named. */
  readonly source: Readonly<Record<string, string>>;
}

/** What is checked of a move when it is written, and need not be once more inside of a function that was made of it. */
export interface MoveChecks {
  readonly readTarget: (target: unknown) => TargetWishes;
  readonly assertKeys: typeof assertMoveKeys;
}

/**
 * Checks the definition of a move.
 *
 * @throws MigrateError `MIGRATION_INVALID`.
 */
export function defineMove<From, To, Up, Down>(definition: MoveDefinition<From, To, Up, Down>): MoveMigration {
  return defineMoveWith({ readTarget: targetWishes, assertKeys: assertMoveKeys }, definition);
}

/** The same with other checks. */
export function defineMoveWith<From, To, Up, Down>(
  { readTarget, assertKeys }: MoveChecks,
  definition: MoveDefinition<From, To, Up, Down>,
): MoveMigration {
  const { description } = definition;
  assertKnownKeys(definition, 'a move', keys);
  assertDescription(description);
  const from = definedTable('from', definition.from);
  const to = definedTable('to', definition.to);
  if (from.name === to.name) {
    throw invalid(`\`from\` and \`to\` are both \`${to.name}\``, 'use `table` to rewrite items where they are');
  }
  const target = readTarget(definition.target);
  const up = freezeTransform(buildTransform('up', definition.up, { mayBeEmpty: true }));
  const rekeyed = up.operations.at(-1)?.targetKey;
  assertKeys(up, rekeyed, from, to);
  const way = wayBack(up, definition.down, definition.irreversible);
  return definitionMark({
    kind: 'move',
    description,
    from,
    to,
    target,
    up,
    apply(item) {
      const results = spreadItem(up, item);
      for (const result of results) assertSize(result, item);
      return results;
    },
    ...way,
    rekeyed,
  });
}

const keys = ['description', 'from', 'to', 'up', 'down', 'irreversible', 'target'];

function wayBack(up: Transform, down: unknown, irreversible: unknown): Pick<MoveMigration, 'down' | 'irreversible'> {
  assertOneWayBack(down, irreversible);
  if (irreversible !== undefined) return { down: undefined, irreversible: reasonOf(irreversible) };
  const last = up.operations.at(-1);
  if (down !== undefined && last?.targetKey !== undefined) {
    throw invalid(
      `\`down\` is given beside \`${last.description}\`: a move to another key cannot be followed backwards`,
      "leave `down` out, and say so: `irreversible: '…'`",
    );
  }
  if (down !== undefined) {
    if (isFunction(down)) return lens((item, old) => callDown(down, item, old));
    throw invalid(`\`down\` is ${found(down)}, not a function`, 'write `down: (item, old) => ({ ...item, … })`');
  }
  const way = restoreTransform(up);
  if ('restore' in way) return lens(way.restore);
  throw invalid(
    `there is no way back: ${way.irreversible}`,
    last?.targetKey === undefined
      ? "write `down: (item, old) => …`, or say why there is none: `irreversible: '…'`"
      : "say that there is none, and why: `irreversible: '…'`",
  );
}

function lens(down: NonNullable<MoveMigration['down']>): Pick<MoveMigration, 'down' | 'irreversible'> {
  return {
    down(item, old) {
      const result = down(item, old);
      assertSize(result, item);
      return result;
    },
    irreversible: undefined,
  };
}

/** An item that is what it was is not measured: it was stored before. */
function assertSize(result: AnyItem, item: AnyItem): void {
  const size = result === item ? undefined : oversize(result);
  if (size === undefined) return;
  throw new MigrateError('ITEM_TOO_LARGE', `the item would be ${size} bytes, more than ${maxItemSize}`, {
    fix: 'make the item smaller first, or leave it out with `filter`',
  });
}

function isFunction(value: unknown): value is DownFunction {
  return typeof value === 'function';
}
