import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import type { AttributeValue, KeyNames } from '../item/attribute-value.js';
import { formatKey } from '../item/key.js';
import type { ItemChange } from './item-change.js';

// AWS: "Service, account, and table quotas in Amazon DynamoDB", section "Expression parameters".
const maxExpressionLength = 4096;
/** Operators and functions in one expression. */
export const maxOperators = 300;

/**
 * An {@link ItemChange} as one conditional UpdateItem. The condition begins with the key's existence: an
 * UpdateItem on an item that somebody deleted would otherwise bring back a stump of it.
 *
 * @param documentEquality whether the endpoint compares maps and lists by value; if not, they are compared
 *   leaf by leaf, which is the same and longer.
 * @throws MigrateError `ITEM_INVALID` when the change needs a longer expression than DynamoDB takes.
 */
export function updateItemInput(
  change: ItemChange,
  { tableName, keyNames, documentEquality }: { tableName: string; keyNames: KeyNames; documentEquality: boolean },
): UpdateItemCommandInput {
  const names = new Placeholders<string>('#');
  const values = new Placeholders<AttributeValue>(':');

  const conditions = [`attribute_exists(${names.of(keyNames.partitionKey)})`];
  for (const [name, value] of Object.entries(change.expect)) {
    if (value === undefined) conditions.push(`attribute_not_exists(${names.of(name)})`);
    else if (documentEquality) conditions.push(`${names.of(name)}=${values.of(value)}`);
    else conditions.push(...leafConditions(names.of(name), value, names, values));
  }
  const sets = Object.entries(change.set).map(([name, value]) => `${names.of(name)}=${values.of(value)}`);
  const removes = change.remove.map((name) => names.of(name));
  const update = [
    ...(sets.length > 0 ? [`SET ${sets.join(',')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(',')}`] : []),
  ].join(' ');
  const condition = conditions.join(' AND ');

  if (
    condition.length > maxExpressionLength ||
    update.length > maxExpressionLength ||
    2 * conditions.length > maxOperators ||
    sets.length + removes.length > maxOperators
  ) {
    throw tooManyConditions(change);
  }
  return {
    TableName: tableName,
    Key: change.key,
    UpdateExpression: update,
    ConditionExpression: condition,
    ExpressionAttributeNames: names.entries(),
    ...(values.size > 0 && { ExpressionAttributeValues: values.entries() }),
    ReturnConsumedCapacity: 'TOTAL',
  };
}

/** What a change is refused with when its conditions do not fit into one expression. */
export function tooManyConditions(change: ItemChange): MigrateError {
  return new MigrateError(
    'ITEM_INVALID',
    `the change depends on ${Object.keys(change.expect).length} attributes, on more than one DynamoDB expression takes`,
    {
      key: formatKey(change.key),
      fix: 'read fewer attributes in the transform: a `map` that spreads the item reads all of them, `rename`, `add` and `set` only what they name',
    },
  );
}

function leafConditions(
  path: string,
  value: AttributeValue,
  names: Placeholders<string>,
  values: Placeholders<AttributeValue>,
): string[] {
  const members =
    'M' in value
      ? Object.entries(value.M).map(([name, member]) => [`${path}.${names.of(name)}`, member] as const)
      : 'L' in value
        ? value.L.map((member, index) => [`${path}[${index}]`, member] as const)
        : undefined;
  if (!members) return [`${path}=${values.of(value)}`];
  return [
    `attribute_type(${path},${values.of({ S: 'M' in value ? 'M' : 'L' })})`,
    `size(${path})=${values.of({ N: String(members.length) })}`,
    ...members.flatMap(([memberPath, member]) => leafConditions(memberPath, member, names, values)),
  ];
}

/** Hands out `#0`, `#1`, … so that no name or value of a user is ever part of an expression. */
class Placeholders<T> {
  readonly #prefix: string;
  readonly #byValue = new Map<T, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get size(): number {
    return this.#byValue.size;
  }

  of(value: T): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const placeholder = `${this.#prefix}${this.#byValue.size}`;
    this.#byValue.set(value, placeholder);
    return placeholder;
  }

  entries(): Record<string, T> {
    return Object.fromEntries(Array.from(this.#byValue, ([value, placeholder]) => [placeholder, value]));
  }
}
