import { MigrateError, messageOf } from '../errors.js';
import { attributeOf, namesOf } from '../item/attribute.js';
import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { describeTransform } from './describe-transform.js';
import { createDraft, type Draft } from './draft.js';
import type { Operation } from './operation.js';

/** What happens to each item: operations, in order. Pure; the same item in gives the same item out. */
export interface Transform {
  readonly operations: readonly Operation[];
}

/** What became of an item. */
export interface TransformResult<T extends AnyItem = RawItem> {
  /** The item that went in, the same reference, if nothing changed. Untouched values keep their reference too. */
  readonly item: T | RawItem;
  /**
   * The attributes of the item that went in whose value or absence decided the result. A superset of those that
   * changed: if all of them are as they were, the transform changes the same attributes in the same way.
   */
  readonly reads: readonly string[];
}

/**
 * Applies a transform to one item, which is not modified.
 *
 * @throws MigrateError `ATTRIBUTE_COLLISION`, `ITEM_INVALID`, `TRANSFORM_FAILED`, `TRANSFORM_ASYNC` or
 * `NOT_IDEMPOTENT`, naming the operation. The error does not know the item's key.
 */
export function applyTransform<T extends AnyItem>(transform: Transform, item: T): TransformResult<T> {
  const draft = createDraft(item);
  for (const operation of transform.operations) {
    // A definition with such an operation is refused unless it is a move, and moves use `spreadItem`.
    if (!('apply' in operation)) throw new MigrateError('INTERNAL', `\`${operation.description}\` outside of a move`);
    operation.apply(draft);
  }
  return new Result(draft);
}

/** Most items that are looked at are as they should be, and nobody asks what was read of them. */
class Result<T extends AnyItem> implements TransformResult<T> {
  readonly item: T | RawItem;
  readonly #draft: Draft<T>;

  constructor(draft: Draft<T>) {
    this.item = draft.toItem();
    this.#draft = draft;
  }

  get reads(): readonly string[] {
    return this.#draft.reads;
  }
}

/**
 * Checks that applying the transform to its own result changes nothing. A run that died and is resumed meets items
 * that it has already rewritten, so this is a necessity in place, and it is tried rather than believed.
 *
 * @throws MigrateError `NOT_IDEMPOTENT` if the second application changes the item, or fails.
 */
export function assertIdempotent(transform: Transform, result: AnyItem): void {
  const again = applyAgain(transform, result);
  if (again === result) return;
  const names = [...new Set([...namesOf(result), ...namesOf(again)])];
  const changed = names.filter((name) => attributeOf(result, name) !== attributeOf(again, name));
  throw notIdempotent(
    `${transformed(transform)} would change ${changed.map((name) => `\`${name}\``).join(', ')} again`,
  );
}

function applyAgain(transform: Transform, result: AnyItem): AnyItem {
  try {
    return applyTransform(transform, result).item;
  } catch (error) {
    throw notIdempotent(`${transformed(transform)} fails when it is applied again: ${messageOf(error)}`, error);
  }
}

function transformed(transform: Transform): string {
  return `\`${describeTransform(transform)}\`, applied to an item that it has already changed,`;
}

function notIdempotent(message: string, cause?: unknown): MigrateError {
  return new MigrateError('NOT_IDEMPOTENT', message, {
    cause,
    fix: 'let each operation leave a finished item alone: give `convert` and `map` a `needed`, and use `add` instead of a `set` that reads what it writes',
  });
}
