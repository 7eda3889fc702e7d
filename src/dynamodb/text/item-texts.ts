import { setOwn } from '../../item/attribute.js';
import type { AnyItem } from '../../item/attribute-value.js';
import { type BodyFormat, decodeJson, encodeJson, rawJson } from '../raw-json.js';
import { isEscaped, isObject, valueEnd, walkList, walkObject } from './cut-json.js';
import { StoredText, TextPut } from './item-text.js';

/**
 * Bodies in which items are texts. What is not written as DynamoDB writes it, with white space say, is read as raw
 * items, and so is an item with a name that has escapes.
 */
export const itemTexts: BodyFormat = {
  encode(input) {
    const { RequestItems, ...rest } = input as { readonly RequestItems?: Requests };
    return RequestItems && hasTexts(RequestItems) ? encodePuts(RequestItems, rest) : rawJson.encode(input);
  },
  decode(body) {
    try {
      return decodeTexts(body);
    } catch (error) {
      if (error instanceof SyntaxError) return rawJson.decode(body);
      throw error;
    }
  },
};

type Requests = Readonly<Record<string, unknown>>;

function hasTexts(requests: Requests): boolean {
  return Object.values(requests).some((list) => Array.isArray(list) && list.some(textOf));
}

function textOf(request: { readonly PutRequest?: unknown }): StoredText | undefined {
  return request.PutRequest instanceof TextPut ? request.PutRequest.text : undefined;
}

function encodePuts(requests: Requests, rest: object): Buffer {
  const pieces: (string | StoredText)[] = [];
  const others = encodeJson(rest).slice(0, -'}'.length);
  let before = `${others}${others === '{' ? '' : ','}"RequestItems":{`;
  for (const [index, [table, list]] of Object.entries(requests).entries()) {
    before += `${index === 0 ? '' : ','}${JSON.stringify(table)}:[`;
    (list as readonly object[]).forEach((request, position) => {
      if (position > 0) before += ',';
      const text = textOf(request);
      if (text) {
        pieces.push(`${before}{"PutRequest":{"Item":`, text);
        before = '}}';
      } else before += encodeJson(request);
    });
    before += ']';
  }
  pieces.push(`${before}}}`);
  return joined(pieces);
}

function joined(pieces: readonly (string | StoredText)[]): Buffer {
  let size = 0;
  for (const piece of pieces) size += typeof piece === 'string' ? 3 * piece.length : piece.maxBytes;
  const body = Buffer.allocUnsafe(size);
  let end = 0;
  for (const piece of pieces) end = typeof piece === 'string' ? end + body.write(piece, end) : piece.writeTo(body, end);
  return body.subarray(0, end);
}

/** The output of Scan, Query or BatchGetItem. */
function decodeTexts(json: Buffer): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  const end = walkObject(json, 0, (name, nameEnd, value) => {
    const key = plainName(json, name, nameEnd);
    const isTables = key === 'Responses' && isObject(json, value);
    const cut = key === 'Items' ? cutItems(json, value) : isTables ? cutTables(json, value) : parsed(json, value);
    setOwn(output, key, cut.value);
    return cut.end;
  });
  if (end !== json.byteLength) throw new SyntaxError(`something follows the JSON at byte ${end}`);
  return output;
}

/** A name of an output or a table has no escapes; whatever has is left to JSON.parse. */
function plainName(json: Buffer, start: number, end: number): string {
  if (isEscaped(json, start, end)) throw new SyntaxError(`a name with escapes at byte ${start}`);
  return json.toString('utf8', start, end);
}

interface Cut<T> {
  readonly value: T;
  readonly end: number;
}

function cutTables(json: Buffer, at: number): Cut<unknown> {
  const value: Record<string, unknown> = {};
  const end = walkObject(json, at, (name, nameEnd, list) => {
    const items = cutItems(json, list);
    setOwn(value, plainName(json, name, nameEnd), items.value);
    return items.end;
  });
  return { value, end };
}

function cutItems(json: Buffer, at: number): Cut<AnyItem[]> {
  const places: number[] = [];
  const cut = { json, places };
  const items: AnyItem[] = [];
  let isRegular = true;
  const onAttribute = (name: number, nameEnd: number, value: number) => {
    isRegular &&= !isEscaped(json, name, nameEnd);
    const attributeEnd = valueEnd(json, value);
    places.push(name, value, attributeEnd);
    return attributeEnd;
  };
  const end = walkList(json, at, (start) => {
    const first = places.length;
    isRegular = true;
    const itemEnd = walkObject(json, start, onAttribute);
    if (isRegular && places.length > first) items.push(new StoredText(cut, first, places.length));
    else items.push(decodeJson(json.toString('utf8', start, itemEnd)) as AnyItem);
    return itemEnd;
  });
  return { value: items, end };
}

function parsed(json: Buffer, at: number): Cut<unknown> {
  const end = valueEnd(json, at);
  return { value: decodeJson(json.toString('utf8', at, end)), end };
}
