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

/** The names of a table's key attributes. */
export interface KeyNames {
  readonly partitionKey: string;
  readonly sortKey?: string | undefined;
}
