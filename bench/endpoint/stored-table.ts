import type { Capacity } from './capacity.js';
import { holds, type Item, type Placeholders, updated, type Value } from './expressions.js';
import { ServiceError, throttled } from './service-error.js';

/** A small table that keeps what is written: the meta table. */
export interface StoredTable {
  readonly kind: 'stored';
  readonly name: string;
  readonly keys: readonly string[];
  /** By the text of the key, partition after partition. */
  readonly rows: Map<string, Item>;
  readonly capacity: Capacity;
}

interface ItemInput extends Placeholders {
  readonly Key: Item;
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ReturnValues?: string;
  readonly RequestItems: Readonly<Record<string, readonly WriteRequest[] | { readonly Keys: readonly Item[] }>>;
  readonly Statements: readonly unknown[];
}

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

export function answerStored(table: StoredTable, operation: string, input: ItemInput): object {
  const { rows, capacity } = table;
  const isWrite = /Put|Update|Delete|Write/.test(operation);
  if (!capacity.take(isWrite ? 'writeUnits' : 'readUnits', 1)) throw throttled();
  switch (operation) {
    case 'GetItem':
      return { Item: rows.get(idOf(input.Key, table)) };
    case 'PutItem':
      check(input, rows.get(idOf(input.Item, table)));
      rows.set(idOf(input.Item, table), input.Item);
      return {};
    case 'DeleteItem':
      check(input, rows.get(idOf(input.Key, table)));
      rows.delete(idOf(input.Key, table));
      return {};
    case 'UpdateItem': {
      const id = idOf(input.Key, table);
      check(input, rows.get(id));
      const row = updated(input.UpdateExpression ?? '', rows.get(id) ?? input.Key, input);
      rows.set(id, row);
      return input.ReturnValues === 'ALL_NEW' ? { Attributes: row } : {};
    }
    case 'Query':
    case 'Scan': {
      const condition = input.KeyConditionExpression;
      const found = [...rows.entries()]
        .filter(([, row]) => condition === undefined || holds(condition, row, input))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, row]) => row);
      if (input.ScanIndexForward === false) found.reverse();
      const Items = found.slice(0, input.Limit);
      return { Items, Count: Items.length, ScannedCount: Items.length };
    }
    case 'BatchWriteItem':
      for (const { PutRequest, DeleteRequest } of input.RequestItems[table.name] as readonly WriteRequest[]) {
        if (PutRequest) rows.set(idOf(PutRequest.Item, table), PutRequest.Item);
        else if (DeleteRequest) rows.delete(idOf(DeleteRequest.Key, table));
      }
      return { UnprocessedItems: {} };
    case 'BatchGetItem': {
      const { Keys } = input.RequestItems[table.name] as { readonly Keys: readonly Item[] };
      const found = Keys.flatMap((key) => rows.get(idOf(key, table)) ?? []);
      return { Responses: { [table.name]: found }, UnprocessedKeys: {} };
    }
    case 'BatchExecuteStatement':
      // Only ever asked here to find out whether there is such an operation.
      return { Responses: input.Statements.map(() => ({ TableName: table.name })) };
    default:
      throw new ServiceError('UnknownOperationException', operation);
  }
}

function check(input: ItemInput, row: Item | undefined): void {
  if (input.ConditionExpression === undefined || holds(input.ConditionExpression, row ?? {}, input)) return;
  throw new ServiceError('ConditionalCheckFailedException', 'The conditional request failed');
}

function idOf(item: Item, { keys }: StoredTable): string {
  return keys.map((name) => valueText(item[name])).join('\u0000');
}

function valueText(value: Value | undefined): string {
  return String(value?.S ?? value?.N ?? value?.B);
}
