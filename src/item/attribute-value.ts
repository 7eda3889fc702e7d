/**
 * A DynamoDB value as it travels: one type tag, numbers as decimal strings. The same shape as the SDK's
 * `AttributeValue`, repeated here so that items can be handled without the SDK.
 */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { M: Record<string, AttributeValue> }
  | { L: AttributeValue[] }
  | { NULL: true }
  | { BOOL: boolean };

/** A raw item: attribute name to value. Never mutated in place by the engine. */
export type RawItem = Readonly<Record<string, AttributeValue>>;

/**
 * An item as the JSON that DynamoDB sent, of which only those attributes are read that somebody asks for. What is only
 * passed on is passed on as it came. Never modified.
 */
export interface ItemText {
  attribute(name: string): AttributeValue | undefined;
  names(): string[];
  /** The same with other values of these attributes; without those that are `undefined`. */
  with(changes: Readonly<Record<string, AttributeValue | undefined>>): ItemText;
  /** What was changed on the way from `before` to this; `undefined` where this was not made of it. */
  changesSince(before: ItemText): Readonly<Record<string, AttributeValue | undefined>> | undefined;
  /** Whether DynamoDB would call the two the same. */
  equals(other: AnyItem): boolean;
  toItem(): RawItem;
  /** How many bytes of JSON it takes at most. As DynamoDB counts them, an item has no more. */
  readonly maxBytes: number;
  /** The part of a request that puts it, for the SDK to read; a client that knows item texts sends the text. */
  readonly put: { readonly Item: RawItem };
}

/** A raw item, or the text of one. */
export type AnyItem = RawItem | ItemText;

/** Whether an item is a text. What a raw item calls `toItem` is an attribute value, and no function. */
export function isText(item: AnyItem): item is ItemText {
  return typeof item.toItem === 'function';
}

/** An item in its raw form. */
export function rawItem(item: AnyItem): RawItem {
  return isText(item) ? item.toItem() : item;
}

/** The names of a table's key attributes. */
export interface KeyNames {
  readonly partitionKey: string;
  readonly sortKey?: string | undefined;
}
