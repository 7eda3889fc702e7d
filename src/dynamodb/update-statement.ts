import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '../item/attribute-value.js';
import type { ItemChange } from './item-change.js';
import { maxOperators } from './update-item.js';

// AWS: API reference of BatchExecuteStatement, BatchStatementRequest.Statement.
const maxStatementLength = 8192;

/**
 * An {@link ItemChange} as one conditional PartiQL UPDATE, which never creates an item.
 *
 * @returns `undefined` when the statement would be longer than DynamoDB takes, or has a name that is none in PartiQL.
 */
export function updateStatement(change: ItemChange, tableName: string): BatchStatementRequest | undefined {
  if (namesOf(change).some(isPlaceholder)) return undefined;
  const parameters: AttributeValue[] = [];
  const parameter = (value: AttributeValue) => {
    parameters.push(value);
    return '?';
  };
  const sets = Object.entries(change.set).map(([name, value]) => `SET ${quote(name)}=${parameter(value)}`);
  const removes = change.remove.map((name) => `REMOVE ${quote(name)}`);
  const conditions = [
    ...Object.entries(change.key).map(([name, value]) => `${quote(name)}=${parameter(value)}`),
    ...Array.from(change.expect, ([name, value]) =>
      value === undefined ? `attribute_not_exists(${quote(name)})` : `${quote(name)}=${parameter(value)}`,
    ),
  ];
  if (2 * conditions.length > maxOperators) return undefined;
  const Statement = `UPDATE ${quote(tableName)} ${[...sets, ...removes].join(' ')} WHERE ${conditions.join(' AND ')}`;
  return Statement.length > maxStatementLength ? undefined : { Statement, Parameters: parameters };
}

function namesOf({ key, set, remove, expect }: ItemChange): string[] {
  return [...Object.keys(key), ...Object.keys(set), ...remove, ...expect.keys()];
}

/** DynamoDB Local takes these for placeholders of an expression, in quotes or not. */
function isPlaceholder(name: string): boolean {
  return name.startsWith('#') || name.startsWith(':');
}

/** A PartiQL identifier: in double quotes, those inside doubled. */
function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
