import fc from 'fast-check';
import type { KeyAttribute } from '../dynamodb/table-spec.js';

export interface ItemsOptions<Attributes extends Record<string, unknown>> {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
  /** An arbitrary for each attribute beside the keys. */
  readonly attributes?: { readonly [Name in keyof Attributes]: fc.Arbitrary<Attributes[Name]> };
  /** Attributes that some items do not have. Default: none. */
  readonly optional?: readonly (keyof Attributes & string)[];
  /** Attributes that nobody declared, with values that are easily damaged. Default: true. */
  readonly strangers?: boolean;
  /** Default: 0. */
  readonly minLength?: number;
  /** Default: 10. */
  readonly maxLength?: number;
}

/**
 * Items of a table, no two with the same key.
 *
 * @example
 * const users = itemsOf({
 *   partitionKey: { name: 'id', type: 'S' },
 *   attributes: { name: fc.string() },
 *   optional: ['name'],
 * });
 * await fc.assert(fc.asyncProperty(users, (items) => assertRoundTrips(migration, items)), { numRuns: 20 });
 */
export function itemsOf<Attributes extends Record<string, unknown> = Record<string, never>>(
  options: ItemsOptions<Attributes>,
): fc.Arbitrary<Record<string, unknown>[]> {
  const { minLength = 0, maxLength = 10 } = options;
  const keys = keyNames(options);
  return fc.uniqueArray(itemOf(options), {
    minLength,
    maxLength,
    selector: (item) => JSON.stringify(keys.map((name) => keyText(item[name]))),
  });
}

/** One item; see {@link itemsOf}. */
export function itemOf<Attributes extends Record<string, unknown> = Record<string, never>>(
  options: ItemsOptions<Attributes>,
): fc.Arbitrary<Record<string, unknown>> {
  const { partitionKey, sortKey, attributes = {}, optional = [], strangers = true } = options;
  const required: Record<string, fc.Arbitrary<unknown>> = {};
  const maybe: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, arbitrary] of Object.entries<fc.Arbitrary<unknown>>(attributes)) {
    (optional.includes(name) ? maybe : required)[name] = arbitrary;
  }
  for (const key of [partitionKey, sortKey]) if (key) required[key.name] = keyValue(key.type);
  const own = fc.record({ ...maybe, ...required }, { requiredKeys: Object.keys(required) });
  if (!strangers) return own as fc.Arbitrary<Record<string, unknown>>;
  return fc
    .tuple(fc.dictionary(fc.constantFrom('x', 'a.b', '#c', 'Name', ' '), anyValue(), { maxKeys: 3 }), own)
    .map(([others, item]) => ({ ...others, ...(item as Record<string, unknown>) }));
}

/** What a key may be: short, so that keys are close to each other, and never empty. */
export function keyValue(type: KeyAttribute['type']): fc.Arbitrary<string | number | Uint8Array> {
  if (type === 'N') return fc.oneof(fc.integer(), fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(storable));
  if (type === 'B') return fc.uint8Array({ minLength: 1, maxLength: 8 });
  return fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).map((text) => text.replaceAll('\u0000', '0'));
}

/** Any value that DynamoDB can store. */
export function anyValue(): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.double({ min: -1e15, max: 1e15, noNaN: true }).map(storable),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 8 }),
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }).map((list) => new Set(list)),
      fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 3 }).map((list) => new Set(list)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
}

/** DynamoDB's numbers begin at 1E-130, and it has one zero. */
function storable(number: number): number {
  return Math.abs(number) < 1e-100 ? 0 : number;
}

function keyNames({ partitionKey, sortKey }: Pick<ItemsOptions<never>, 'partitionKey' | 'sortKey'>): string[] {
  return sortKey ? [partitionKey.name, sortKey.name] : [partitionKey.name];
}

function keyText(value: unknown): string {
  return value instanceof Uint8Array ? value.join() : String(value);
}
