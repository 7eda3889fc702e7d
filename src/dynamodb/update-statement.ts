import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '../item/attribute-value.js';
import type { ItemChange } from './item-change.js';
import { maxOperators } from './update-item.js';

// AWS: API reference of BatchExecuteStatement, BatchStatementRequest.Statement.
const maxStatementLength = 8192;

/**
 * Makes of an {@link ItemChange} one conditional PartiQL UPDATE, which never creates an item; `undefined` when it would
 * be longer than DynamoDB takes, or has a name that is none in PartiQL.
 *
 * Values stand beside the text, so most changes of a migration have the same one: it is made once for as many as follow
 * each other.
 */
export function updateStatements(tableName: string): (change: ItemChange) => BatchStatementRequest | undefined {
  let last: { readonly change: ItemChange; readonly text: string | undefined } | undefined;
  return (change) => {
    if (!last || !sameForm(last.change, change)) last = { change, text: statementText(change, tableName) };
    return last.text === undefined ? undefined : { Statement: last.text, Parameters: parameters(change, last.change) };
  };
}

function statementText({ key, set, remove, expect }: ItemChange, tableName: string): string | undefined {
  const keys = Object.keys(key);
  const expected = Object.entries(expect);
  if (2 * (keys.length + expected.length) > maxOperators) return undefined;
  const sets = Object.keys(set);
  if ([...keys, ...sets, ...remove, ...Object.keys(expect)].some(isPlaceholder)) return undefined;
  const text = [
    `UPDATE ${quote(tableName)}`,
    ...sets.map((name) => ` SET ${quote(name)}=?`),
    ...remove.map((name) => ` REMOVE ${quote(name)}`),
    ' WHERE ',
    [
      ...keys.map((name) => `${quote(name)}=?`),
      ...expected.map(([name, value]) => {
        return value === undefined ? `attribute_not_exists(${quote(name)})` : `${quote(name)}=?`;
      }),
    ].join(' AND '),
  ].join('');
  return text.length > maxStatementLength ? undefined : text;
}

/** The values of `change`, in the order that the names of `form` have in the text. */
function parameters({ key, set, expect }: ItemChange, form: ItemChange): AttributeValue[] {
  const values: AttributeValue[] = [];
  for (const name in form.set) values.push(set[name] as AttributeValue);
  for (const name in form.key) values.push(key[name] as AttributeValue);
  for (const name in form.expect) {
    const value = expect[name];
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** Whether two changes differ in their values only. */
function sameForm(a: ItemChange, b: ItemChange): boolean {
  if (a.remove.length !== b.remove.length || a.remove.some((name, index) => name !== b.remove[index])) return false;
  return sameNames(a.key, b.key) && sameNames(a.set, b.set) && sameNames(a.expect, b.expect);
}

type Values = Readonly<Record<string, AttributeValue | undefined>>;

/** Whether the same names have a value, and the same have none. */
function sameNames(a: Values, b: Values): boolean {
  let count = 0;
  for (const name in a) {
    if (!Object.hasOwn(b, name) || (a[name] === undefined) !== (b[name] === undefined)) return false;
    count += 1;
  }
  for (const _ in b) count -= 1;
  return count === 0;
}

/** DynamoDB Local takes these for placeholders of an expression, in quotes or not. */
function isPlaceholder(name: string): boolean {
  return name.startsWith('#') || name.startsWith(':');
}

/** A PartiQL identifier: in double quotes, those inside doubled. */
function quote(name: string): string {
  return name.includes('"') ? `"${name.replaceAll('"', '""')}"` : `"${name}"`;
}
