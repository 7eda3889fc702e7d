import { type AnyItem, type AttributeValue, isText } from './attribute-value.js';
import { bytesText, equalBytes } from './bytes.js';
import { canonicalNumber, equalNumbers } from './number.js';

/**
 * Whether DynamoDB would call two values the same: numbers as decimals, sets without order, binary by its bytes,
 * maps and lists member by member.
 */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  if (a === b) return true;
  if ('S' in a) return 'S' in b && a.S === b.S;
  if ('N' in a) return 'N' in b && equalNumbers(a.N, b.N);
  if ('M' in a) return 'M' in b && equalItems(a.M, b.M);
  if ('L' in a) return 'L' in b && equalLists(a.L, b.L);
  if ('BOOL' in a) return 'BOOL' in b && a.BOOL === b.BOOL;
  if ('NULL' in a) return 'NULL' in b;
  if ('B' in a) return 'B' in b && equalBytes(a.B, b.B);
  if ('SS' in a) return 'SS' in b && sameMembers(a.SS, b.SS);
  if ('NS' in a) return 'NS' in b && sameMembers(a.NS.map(canonicalNumber), b.NS.map(canonicalNumber));
  if ('BS' in a) return 'BS' in b && sameMembers(a.BS.map(bytesText), b.BS.map(bytesText));
  return false;
}

/** Whether two items say the same of an attribute: an equal value, or that it is absent. */
export function equalOrAbsent(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalValues(a, b);
}

/** Whether two items, or two maps, have the same attributes with equal values. */
export function equalItems(a: AnyItem, b: AnyItem): boolean {
  if (a === b) return true;
  if (isText(a)) return a.equals(b);
  if (isText(b)) return b.equals(a);
  // Each item that is copied is compared, so nothing is made for it. An item inherits nothing that has a type, so what
  // `b` does not have itself equals no value.
  let count = 0;
  for (const name in a) {
    const other = b[name];
    if (other === undefined || !equalValues(a[name] as AttributeValue, other)) return false;
    count += 1;
  }
  for (const _ in b) count -= 1;
  return count === 0;
}

function equalLists(a: readonly AttributeValue[], b: readonly AttributeValue[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (!equalValues(a[index] as AttributeValue, b[index] as AttributeValue)) return false;
  }
  return true;
}

/** The members of a set are distinct, so equal sizes and one inclusion are enough. */
function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  let index = 0;
  // Nearly always they come in the same order.
  while (index < a.length && a[index] === b[index]) index += 1;
  if (index === a.length) return true;
  const members = new Set(b);
  return a.every((member) => members.has(member));
}
