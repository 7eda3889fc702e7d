import type { Capacity } from './capacity.js';

export interface GeneratedTableOptions {
  /** How many items there are, or may come to be: the highest number of a key. */
  readonly items: number;
  /** As DynamoDB counts the size of an item. Default 331; below 100 it has a key and the attribute that changes only. */
  readonly bytes?: number;
  /** What is in it at first: nothing in the target of a copy. Default: every item, in the old form. */
  readonly form?: 'absent' | 'old' | 'new';
  /** The size that DescribeTable tells. Default: that of the items. */
  readonly describedBytes?: number;
  /** Write units that one item takes; more than its own where there are indexes. Default: a unit a KB. */
  readonly unitsPerWrite?: number;
}

/** What is kept of an item: whether it is there, and in which form. Its content follows from its number. */
export const absent = 0;
export const oldForm = 1;
export const newForm = 2;

/** A table of any size in a byte an item: items are made when they are asked for. */
export interface GeneratedTable {
  readonly kind: 'generated';
  readonly name: string;
  readonly items: number;
  readonly bytes: number;
  readonly unitsPerWrite: number;
  readonly describedBytes: number | undefined;
  readonly states: Uint8Array;
  readonly capacity: Capacity;
  /** The JSON text of an item. */
  readonly textOf: (number: number) => string;
}

export function createGeneratedTable(
  name: string,
  { items, bytes = 331, form = 'old', unitsPerWrite = Math.ceil(bytes / 1024), describedBytes }: GeneratedTableOptions,
  capacity: Capacity,
): GeneratedTable {
  const states = new Uint8Array(items).fill({ absent, old: oldForm, new: newForm }[form]);
  // What the attributes below have besides the payload, by DynamoDB's rules.
  const payload = 'x'.repeat(Math.max(1, bytes - 136));
  const wide = `,"revision":{"N":"12345678901234567890123456789012345678"},"score":{"N":"0.5"},"tags":{"SS":["imported","batch"]},"settings":{"M":{"theme":{"S":"dark"},"sizes":{"L":[{"N":"1"},{"N":"2"}]},"beta":{"BOOL":true}}},"payload":{"S":"${payload}"}}`;
  const rest = bytes < 100 ? '}' : wide;
  const tails: readonly string[] = [
    '',
    `,"prefVal":{"S":"some text"}${rest}`,
    `,"preferenceValue":{"S":"some text"},"channel":{"S":"EMAIL"}${rest}`,
  ];
  return {
    kind: 'generated',
    name,
    items,
    bytes,
    unitsPerWrite,
    describedBytes,
    states,
    capacity,
    textOf: (number) => `{${keyText(number)}${tails[states[number] ?? absent] ?? ''}`,
  };
}

/** `"id":{"S":"item-000000000042"}`. */
export function keyText(number: number): string {
  return `"id":{"S":"item-${String(number).padStart(12, '0')}"}`;
}

/** The numbers of all items whose key stands in a request, in their order. */
export function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(/"item-(\d{12})"/g), ([, digits]) => Number(digits));
}
