import { MigrateError } from '../errors.js';
import { setOwn } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { keyOf } from '../item/key.js';
import type { Mapping } from './mapping.js';

/** A record of the source's stream: that a unit changed, and as far as the stream tells, from what to what. */
export interface StreamRecord {
  readonly unit: RawItem;
  readonly sequenceNumber: bigint;
  /** The old and new images that the record has. */
  readonly images: readonly RawItem[];
  /** The item after the change, `item: undefined` where it was deleted; absent where the record has keys only. */
  readonly after: { readonly item: RawItem | undefined } | undefined;
}

/**
 * Reads a record as Lambda delivers it (binary in base64) or as the SDK's GetRecords answers it (binary as bytes).
 * A deletion by TTL is a deletion like any other.
 *
 * @throws MigrateError `ITEM_INVALID` where the record is not one, or lacks images that the move needs.
 */
export function parseStreamRecord(record: unknown, mapping: Mapping): StreamRecord {
  const data = objectOf(objectOf(record, 'the record').dynamodb, '`dynamodb`');
  const unit = keyOf(itemOf(data.Keys, '`Keys`'), mapping.sourceKeys);
  const sequenceNumber = sequenceNumberOf(record);
  if (sequenceNumber === undefined) throw misshapen('`SequenceNumber` is not a number');
  const eventName = (record as { eventName?: unknown }).eventName;
  if (eventName !== 'INSERT' && eventName !== 'MODIFY' && eventName !== 'REMOVE') {
    throw misshapen('`eventName` is none of INSERT, MODIFY, REMOVE');
  }
  const before = imageOf(data.OldImage, '`OldImage`');
  const after = imageOf(data.NewImage, '`NewImage`');
  if (mapping.owner) {
    // The keys that a unit gives up are only in its old image, those that it takes only in the new one.
    // DynamoDB Local has a record also for a deletion that came too late for its item. In a stream with both images
    // one without the old image has removed nothing.
    const removedNothing = eventName === 'REMOVE' && data.StreamViewType === 'NEW_AND_OLD_IMAGES';
    if (before === undefined && eventName !== 'INSERT' && !removedNothing) throw misshapen('it has no `OldImage`');
    if (after === undefined && eventName !== 'REMOVE') throw misshapen('it has no `NewImage`');
  }
  const images = [before, after].filter((image) => image !== undefined);
  if (eventName === 'REMOVE') return { unit, sequenceNumber, images, after: { item: undefined } };
  return { unit, sequenceNumber, images, after: after && { item: after } };
}

/** The sequence number of anything, to compare; `undefined` where there is none. */
export function sequenceNumberOf(record: unknown): bigint | undefined {
  const text = sequenceTextOf(record);
  return /^\d+$/.test(text) ? BigInt(text) : undefined;
}

/** The sequence number as the stream wrote it, leading zeros and all; empty where there is none. */
export function sequenceTextOf(record: unknown): string {
  const text = (record as { dynamodb?: { SequenceNumber?: unknown } | null } | null | undefined)?.dynamodb
    ?.SequenceNumber;
  return typeof text === 'string' ? text : '';
}

function imageOf(value: unknown, name: string): RawItem | undefined {
  return value === undefined || value === null ? undefined : itemOf(value, name);
}

function itemOf(value: unknown, name: string): RawItem {
  const item: Record<string, AttributeValue> = {};
  for (const [attribute, member] of Object.entries(objectOf(value, name))) {
    setOwn(item, attribute, typedValue(member, name));
  }
  return item;
}

function typedValue(value: unknown, name: string): AttributeValue {
  const entries = Object.entries(objectOf(value, `a value in ${name}`));
  const [type, content] = entries[0] ?? [];
  if (entries.length === 1) {
    if ((type === 'S' || type === 'N') && typeof content === 'string') return value as AttributeValue;
    if (type === 'BOOL' && typeof content === 'boolean') return { BOOL: content };
    if (type === 'NULL' && content === true) return { NULL: true };
    if (type === 'M') return { M: itemOf(content, name) };
    if (type === 'L' && Array.isArray(content)) return { L: content.map((element) => typedValue(element, name)) };
    if (type === 'B') return { B: bytesOf(content, name) };
    if (type === 'BS' && Array.isArray(content)) return { BS: content.map((element) => bytesOf(element, name)) };
    if ((type === 'SS' || type === 'NS') && isStrings(content)) return value as AttributeValue;
  }
  throw misshapen(`a value in ${name} is not of a DynamoDB type`);
}

function bytesOf(content: unknown, name: string): Uint8Array {
  if (content instanceof Uint8Array) return content;
  if (typeof content !== 'string') throw misshapen(`a binary value in ${name} is neither bytes nor base64`);
  return Uint8Array.from(Buffer.from(content, 'base64'));
}

function isStrings(content: unknown): boolean {
  return Array.isArray(content) && content.every((element) => typeof element === 'string');
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw misshapen(`${name} is missing or not an object`);
}

function misshapen(what: string): MigrateError {
  return new MigrateError('ITEM_INVALID', `a record of the stream cannot be used: ${what}`, {
    fix: 'see that the stream carries what the move needs (new and old images where keys change), then verify with --repair',
  });
}
