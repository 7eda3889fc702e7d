import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';

/** Numbers that doubles, or re-writing them, would change. */
export const awkwardNumbers = [
  '9007199254740993',
  '12345678901234567890123456789012345678',
  '0.12345678901234567891',
  '1234567890123.4567891',
  '9007199254740993.5',
  '1E+100',
  '-0',
  '1.0',
  '1',
  '1E-130',
  '-9.9999999999999999999999999999999999999E+125',
];

/** An attribute of every kind, each in a form that a careless copy would change. */
export const awkwardValues: Readonly<Record<string, AttributeValue>> = {
  ...Object.fromEntries(awkwardNumbers.map((n) => [`number ${n}`, { N: n }])),
  text: { S: 'line\nzero\u0000 \u{1f600}' },
  emptyText: { S: '' },
  bytes: { B: new Uint8Array([0, 255, 128, 10]) },
  emptyBytes: { B: new Uint8Array([]) },
  strings: { SS: ['z', 'a', ''] },
  numbers: { NS: ['2.0', '1E+2', '9007199254740993', '-0'] },
  binaries: { BS: [new Uint8Array([2, 1]), new Uint8Array([])] },
  nothing: { NULL: true },
  yes: { BOOL: true },
  no: { BOOL: false },
  emptyList: { L: [] },
  emptyMap: { M: {} },
  nested: { L: [{ M: { inner: { L: [{ N: '1.0' }, { NS: ['3', '1.50'] }, { NULL: true }] }, empty: { S: '' } } }] },
  constructor: { S: 'a name that every object inherits' },
};

/** One item with all of them. */
export const awkwardItem: RawItem = awkwardValues;

/** An item with an own `__proto__`, as `JSON.parse` makes one. */
export const protoItem: RawItem = JSON.parse('{"id":{"S":"1"},"__proto__":{"M":{"__proto__":{"S":"polluted"}}}}');

/** A copy that shares nothing, to see whether the original was modified. */
export function deepCopy<T>(value: T): T {
  return structuredClone(value);
}
