import { absent, type GeneratedTable, keyText, newForm, numbersIn, oldForm } from './generated-table.js';
import { ServiceError, throttled } from './service-error.js';

/** The answer to a request for a generated table, as text. Bodies are searched rather than parsed where that will do. */
export function answerGenerated(table: GeneratedTable, operation: string, body: string): string {
  switch (operation) {
    case 'Scan':
      return scan(table, JSON.parse(body));
    case 'BatchWriteItem':
      return batchWrite(table, body);
    case 'BatchGetItem':
      return batchGet(table, body);
    case 'BatchExecuteStatement':
      return executeStatements(table, body);
    case 'GetItem':
      return getItem(table, body);
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return writeItem(table, operation, body);
    default:
      throw new ServiceError('UnknownOperationException', `${operation} of a generated table`);
  }
}

interface ScanInput {
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly Limit?: number;
  readonly Select?: string;
  readonly ConsistentRead?: boolean;
  readonly ExclusiveStartKey?: { readonly id: { readonly S: string } };
}

/** AWS: a page of Scan ends at 1 MB. */
const bytesPerPage = 1024 * 1024;

function scan(table: GeneratedTable, input: ScanInput): string {
  const { Segment = 0, TotalSegments = 1, Limit = Number.POSITIVE_INFINITY, ExclusiveStartKey } = input;
  const end = Math.floor((table.items * (Segment + 1)) / TotalSegments);
  const first = ExclusiveStartKey
    ? Number(ExclusiveStartKey.id.S.slice(5)) + 1
    : Math.floor((table.items * Segment) / TotalSegments);
  const most = Math.max(1, Math.min(Limit, Math.floor(bytesPerPage / table.bytes)));
  const found: number[] = [];
  let next = first;
  for (; next < end && found.length < most; next++) if (table.states[next] !== absent) found.push(next);
  const units = readUnits(found.length * table.bytes, input.ConsistentRead);
  if (!table.capacity.take('readUnits', units)) throw throttled();
  const items = input.Select === 'COUNT' ? '' : `"Items":[${found.map(table.textOf).join(',')}],`;
  // Like DynamoDB, a full page names a last key even where nothing follows it.
  const last = found.length === most ? `,"LastEvaluatedKey":{${keyText(next - 1)}}` : '';
  return `{${items}"Count":${found.length},"ScannedCount":${found.length},"ConsumedCapacity":${consumed(table, units)}${last}}`;
}

function batchWrite(table: GeneratedTable, body: string): string {
  const numbers = numbersIn(body);
  const form = body.includes('"preferenceValue"') ? newForm : oldForm;
  const requests = body.includes('"DeleteRequest"') ? requestsIn(body, table) : undefined;
  let taken = 0;
  for (const number of numbers) {
    if (!table.capacity.take('writeUnits', table.unitsPerWrite)) break;
    table.states[number] = requests?.[taken]?.DeleteRequest ? absent : form;
    taken += 1;
  }
  if (taken === 0) throw throttled();
  const left = taken < numbers.length ? { [table.name]: requestsIn(body, table).slice(taken) } : {};
  if (taken < numbers.length) table.capacity.count('partly');
  return `{"UnprocessedItems":${JSON.stringify(left)},"ConsumedCapacity":[${consumed(table, taken * table.unitsPerWrite)}]}`;
}

function requestsIn(body: string, { name }: GeneratedTable): readonly { readonly DeleteRequest?: unknown }[] {
  return JSON.parse(body).RequestItems[name];
}

function batchGet(table: GeneratedTable, body: string): string {
  const consistent = body.includes('"ConsistentRead":true');
  const one = readUnits(table.bytes, consistent);
  const numbers = numbersIn(body);
  const found: string[] = [];
  let taken = 0;
  for (const number of numbers) {
    if (!table.capacity.take('readUnits', one)) break;
    taken += 1;
    if (table.states[number] !== absent) found.push(table.textOf(number));
  }
  if (taken === 0) throw throttled();
  const keys = numbers.slice(taken).map((number) => `{${keyText(number)}}`);
  if (keys.length > 0) table.capacity.count('partly');
  const left = keys.length > 0 ? `"${table.name}":{"Keys":[${keys.join(',')}],"ConsistentRead":${consistent}}` : '';
  return `{"Responses":{"${table.name}":[${found.join(',')}]},"UnprocessedKeys":{${left}},"ConsumedCapacity":[${consumed(table, taken * one)}]}`;
}

/** Every statement is a conditional UPDATE of an item in its old form. A condition that fails takes units too. */
function executeStatements(table: GeneratedTable, body: string): string {
  let units = 0;
  let refused = 0;
  const responses = numbersIn(body).map((number) => {
    if (!table.capacity.take('writeUnits', table.unitsPerWrite)) {
      refused += 1;
      return error('ProvisionedThroughputExceeded', 'The level of configured provisioned throughput was exceeded.');
    }
    units += table.unitsPerWrite;
    if (table.states[number] !== oldForm) return error('ConditionalCheckFailed', 'The conditional request failed');
    table.states[number] = newForm;
    return `{"TableName":"${table.name}"}`;
  });
  if (refused > 0) table.capacity.count('partly');
  return `{"Responses":[${responses.join(',')}],"ConsumedCapacity":[${consumed(table, units)}]}`;
}

function error(code: string, message: string): string {
  return `{"Error":{"Code":"${code}","Message":"${message}"}}`;
}

function getItem(table: GeneratedTable, body: string): string {
  const [number = 0] = numbersIn(body);
  const units = readUnits(table.bytes, body.includes('"ConsistentRead":true'));
  if (!table.capacity.take('readUnits', units)) throw throttled();
  const item = table.states[number] === absent ? '' : `"Item":${table.textOf(number)},`;
  return `{${item}"ConsumedCapacity":${consumed(table, units)}}`;
}

function writeItem(table: GeneratedTable, operation: string, body: string): string {
  const [number = 0] = numbersIn(body);
  if (!table.capacity.take('writeUnits', table.unitsPerWrite)) throw throttled();
  if (operation === 'UpdateItem') {
    if (body.includes('"ConditionExpression"') && table.states[number] !== oldForm) {
      throw new ServiceError('ConditionalCheckFailedException', 'The conditional request failed');
    }
    table.states[number] = newForm;
  } else if (operation === 'DeleteItem') table.states[number] = absent;
  else table.states[number] = body.includes('"preferenceValue"') ? newForm : oldForm;
  return `{"ConsumedCapacity":${consumed(table, table.unitsPerWrite)}}`;
}

function readUnits(bytes: number, consistent = false): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

function consumed({ name }: GeneratedTable, units: number): string {
  return `{"TableName":"${name}","CapacityUnits":${units}}`;
}
