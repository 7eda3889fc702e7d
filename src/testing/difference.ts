import { inspect } from 'node:util';
import type { RawItem } from '../item/attribute-value.js';
import { equalItems, equalValues } from '../item/equal.js';
import { formatKey, keyId, keyOf } from '../item/key.js';
import { toJavaScript } from '../item/to-javascript.js';
import type { TableContents } from './table-contents.js';

/** How many differences are told. */
const maxLines = 10;

/** How the items of a table differ from those that are expected, a line each; none where they are the same. */
export function itemDifferences(table: TableContents, expected: readonly RawItem[]): string[] {
  const wanted = new Map(expected.map((item) => [keyId(item, table.keys), item]));
  const lines: string[] = [];
  const nameOf = (item: RawItem) => formatKey(keyOf(item, table.keys));
  for (const [id, item] of wanted) {
    const actual = table.items.get(id);
    if (!actual) lines.push(`${nameOf(item)} is missing`);
    else if (!equalItems(actual, item)) lines.push(`${nameOf(item)}: ${attributeDifferences(actual, item).join(', ')}`);
  }
  for (const [id, item] of table.items) if (!wanted.has(id)) lines.push(`${nameOf(item)} should not be there`);
  return lines;
}

/** How one item differs from the expected one, attribute by attribute. */
export function attributeDifferences(actual: RawItem, expected: RawItem): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names.flatMap((name) => {
    const [is, wanted] = [actual[name], expected[name]];
    if (is && wanted) return equalValues(is, wanted) ? [] : [`\`${name}\` is ${show(is)}, expected ${show(wanted)}`];
    if (wanted) return [`\`${name}\` is missing, expected ${show(wanted)}`];
    return is ? [`\`${name}\` is ${show(is)}, expected to be absent`] : [];
  });
}

/** How tables, what is in them and which there are, differ from how they were expected. */
export function tableDifferences(
  actual: ReadonlyMap<string, TableContents>,
  expected: ReadonlyMap<string, TableContents>,
  /** Names that are not looked at. */
  ignored: ReadonlySet<string>,
): string[] {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].filter((name) => !ignored.has(name));
  return names.flatMap((name) => {
    const [is, wanted] = [actual.get(name), expected.get(name)];
    if (!is) return [`table \`${name}\` is missing`];
    if (!wanted) return [`table \`${name}\` should not be there`];
    const shape = is.shape === wanted.shape ? [] : [`table \`${name}\`: its keys, indexes or stream differ`];
    return [...shape, ...itemDifferences(is, [...wanted.items.values()]).map((line) => `${name} ${line}`)];
  });
}

/** Lines as the end of a message. */
export function listed(lines: readonly string[]): string {
  const left = lines.length - maxLines;
  const shown = lines.slice(0, maxLines).map((line) => `\n  - ${line}`);
  return `${shown.join('')}${left > 0 ? `\n  - and ${left} more` : ''}`;
}

function show(value: NonNullable<RawItem[string]>): string {
  const text = inspect(toJavaScript(value), { depth: 3, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
