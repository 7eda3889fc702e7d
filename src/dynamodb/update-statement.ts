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
  const { key, set, remove, expect } = change;
  const keys = Object.keys(key);
  if (2 * (keys.length + expect.size) > maxOperators) return undefined;
  if (keys.some(isPlaceholder) || remove.some(isPlaceholder)) return undefined;
  const Parameters: AttributeValue[] = [];
  let Statement = `UPDATE ${quote(tableName)}`;
  for (const name in set) {
    if (isPlaceholder(name)) return undefined;
    Parameters.push(set[name] as AttributeValue);
    Statement += ` SET ${quote(name)}=?`;
  }
  for (const name of remove) Statement += ` REMOVE ${quote(name)}`;
  let before = ' WHERE ';
  for (const name of keys) {
    Parameters.push(key[name] as AttributeValue);
    Statement += `${before}${quote(name)}=?`;
    before = ' AND ';
  }
  for (const [name, value] of expect) {
    if (isPlaceholder(name)) return undefined;
    if (value !== undefined) Parameters.push(value);
    Statement += value === undefined ? ` AND attribute_not_exists(${quote(name)})` : ` AND ${quote(name)}=?`;
  }
  return Statement.length > maxStatementLength ? undefined : { Statement, Parameters };
}

/** DynamoDB Local takes these for placeholders of an expression, in quotes or not. */
function isPlaceholder(name: string): boolean {
  return name.startsWith('#') || name.startsWith(':');
}

/** A PartiQL identifier: in double quotes, those inside doubled. */
function quote(name: string): string {
  return name.includes('"') ? `"${name.replaceAll('"', '""')}"` : `"${name}"`;
}
