import { type AnyItem, type RawItem, rawItem } from '../../item/attribute-value.js';
import { itemSize } from '../../item/size.js';
import { statementTarget } from '../statement-target.js';
import type { Answer } from './meter.js';
import type { CapacityKind, Consumed } from './table-capacity.js';

/** What a request will ask of each table that it names. */
export interface Demand {
  readonly tableName: string;
  readonly kind: CapacityKind;
  /** Items, as far as their number is known: how many units one of them takes is learned from the answers. */
  readonly estimate: number;
}

const kilobyte = 1_024;
/** 0 for what is no raw item: what a document client reads and writes are JavaScript values. */
function bytesOf(item: AnyItem): number {
  try {
    return itemSize(rawItem(item));
  } catch {
    return 0;
  }
}

const unitsToWrite = (item: RawItem | undefined) => (item ? Math.max(1, Math.ceil(bytesOf(item) / kilobyte)) : 1);
/** What a request of these reads is known only when it was made. */
const reads: Readonly<Record<string, true>> = { Scan: true, Query: true, GetItem: true };
const singleWrites: Readonly<Record<string, true>> = { PutItem: true, UpdateItem: true, DeleteItem: true };
/** DynamoDB leaves keys unprocessed at this size too, and that is no want of capacity. */
const partOfAnAnswer = 1_000_000;

/** What a request asks for; nothing where it is none that uses the capacity of a table. */
export function demandsOf(operation: string, input: object): Demand[] {
  const {
    TableName,
    RequestItems = {},
    Statements,
    Statement,
  } = input as {
    readonly TableName?: string;
    readonly RequestItems?: Readonly<Record<string, unknown>>;
    readonly Statements?: readonly { readonly Statement?: string }[];
    readonly Statement?: string;
  };
  const own = TableName === undefined ? '' : nameOf(TableName);
  if (operation in reads) return [{ tableName: own, kind: 'read', estimate: 1 }];
  if (operation in singleWrites) return [{ tableName: own, kind: 'write', estimate: 1 }];
  if (operation === 'BatchGetItem') {
    return Object.entries(RequestItems).map(([name, request]) => {
      const { Keys = [] } = request as { readonly Keys?: readonly unknown[] };
      return { tableName: nameOf(name), kind: 'read', estimate: Keys.length };
    });
  }
  if (operation === 'BatchWriteItem') {
    return Object.entries(RequestItems).map(([name, requests]) => ({
      tableName: nameOf(name),
      kind: 'write',
      estimate: (requests as readonly unknown[]).length,
    }));
  }
  if (operation === 'BatchExecuteStatement' || operation === 'ExecuteStatement') {
    const demands: (Demand & { estimate: number })[] = [];
    for (const { Statement: text = '' } of Statements ?? [{ Statement }]) {
      const { tableName = '', isRead } = statementTarget(text);
      const kind = isRead ? 'read' : 'write';
      const known = demands.find((one) => one.kind === kind && one.tableName === tableName);
      if (known) known.estimate += 1;
      else demands.push({ tableName, kind, estimate: 1 });
    }
    return demands;
  }
  return [];
}

/** What an answer says about one of the tables that its request named. */
export function answerOf(operation: string, input: object, output: object, tableName: string): Answer {
  const { ConsumedCapacity } = output as { readonly ConsumedCapacity?: Told | readonly Told[] };
  const told = [ConsumedCapacity ?? []]
    .flat()
    .filter((one) => one.TableName === undefined || nameOf(one.TableName) === tableName);
  return {
    consumed: told.some(({ CapacityUnits }) => CapacityUnits !== undefined) ? consumedOf(told) : undefined,
    bySize: () => sizeOf(operation, input, output, tableName),
    throttled: isThrottled(output, tableName),
  };
}

interface Told {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
  readonly Table?: { readonly CapacityUnits?: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
  readonly LocalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
}

/** A local index shares the capacity of its table. */
function consumedOf(told: readonly Told[]): Consumed {
  const indexes: Record<string, number> = {};
  let table: number | undefined;
  for (const { Table, GlobalSecondaryIndexes = {}, LocalSecondaryIndexes = {} } of told) {
    if (Table?.CapacityUnits === undefined) continue;
    table = (table ?? 0) + Table.CapacityUnits + sum(Object.values(LocalSecondaryIndexes), unitsIn);
    for (const [name, index] of Object.entries(GlobalSecondaryIndexes)) {
      indexes[name] = (indexes[name] ?? 0) + unitsIn(index);
    }
  }
  return { total: sum(told, unitsIn), table, indexes };
}

function unitsIn({ CapacityUnits = 0 }: { readonly CapacityUnits?: number | undefined }): number {
  return CapacityUnits;
}

/** Of reads, what came back; of writes, what was sent and not left over. */
function sizeOf(operation: string, input: object, output: object, tableName: string): number | undefined {
  const { Items, Responses, UnprocessedItems } = output as {
    readonly Items?: readonly AnyItem[];
    readonly Responses?: unknown;
    readonly UnprocessedItems?: Requests;
  };
  const { ConsistentRead = false } = input as { readonly ConsistentRead?: boolean };
  if (operation === 'Scan' || operation === 'Query') {
    const bytes = sum(Items ?? [], bytesOf);
    return Math.max(1, Math.ceil(bytes / (4 * kilobyte))) / (ConsistentRead ? 1 : 2);
  }
  if (operation === 'BatchGetItem') {
    const [asked] = demandsOf(operation, input).filter((one) => one.tableName === tableName);
    const items = itemsOf(Responses, tableName);
    const missing = Math.max(0, (asked?.estimate ?? 0) - items.length);
    return missing + sum(items, (item) => Math.max(1, Math.ceil(bytesOf(item) / (4 * kilobyte))));
  }
  if (operation === 'BatchWriteItem') {
    const { RequestItems = {} } = input as { readonly RequestItems?: Requests };
    return unitsOf(RequestItems, tableName) - unitsOf(UnprocessedItems ?? {}, tableName);
  }
  return undefined;
}

type Requests = Readonly<Record<string, readonly { readonly PutRequest?: { readonly Item?: RawItem } }[]>>;

function unitsOf(requests: Requests, tableName: string): number {
  const own = Object.entries(requests).find(([name]) => nameOf(name) === tableName)?.[1] ?? [];
  return sum(own, ({ PutRequest }) => unitsToWrite(PutRequest?.Item));
}

function isThrottled(output: object, tableName: string): boolean {
  const {
    UnprocessedItems = {},
    UnprocessedKeys = {},
    Responses,
  } = output as {
    readonly UnprocessedItems?: Readonly<Record<string, readonly unknown[]>>;
    readonly UnprocessedKeys?: Readonly<Record<string, unknown>>;
    readonly Responses?: unknown;
  };
  const names = (left: object) => Object.keys(left).map(nameOf);
  if (names(UnprocessedItems).includes(tableName)) return true;
  if (names(UnprocessedKeys).includes(tableName)) return sum(itemsOf(Responses, tableName), bytesOf) < partOfAnAnswer;
  if (!Array.isArray(Responses)) return false;
  return (Responses as readonly { readonly Error?: { readonly Code?: string } }[]).some(({ Error: error }) =>
    /^(?:ThrottlingError|ProvisionedThroughputExceeded|RequestLimitExceeded)$/.test(error?.Code ?? ''),
  );
}

function itemsOf(responses: unknown, tableName: string): readonly AnyItem[] {
  if (typeof responses !== 'object' || responses === null || Array.isArray(responses)) return [];
  const found = Object.entries(responses).find(([name]) => nameOf(name) === tableName);
  return (found?.[1] ?? []) as readonly AnyItem[];
}

/** Of a table that is named by its ARN too. */
function nameOf(table: string): string {
  return table.replace(/^arn:.*:table\//, '');
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
