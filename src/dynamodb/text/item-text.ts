import { changedItem, ownAttribute, setOwn } from '../../item/attribute.js';
import { type AnyItem, type AttributeValue, type ItemText, isText, type RawItem } from '../../item/attribute-value.js';
import { equalItems, equalValues } from '../../item/equal.js';
import { decodeJson, encodeJson } from '../raw-json.js';

/**
 * The JSON of items, and where in it their attributes are: of each attribute where its name begins, after the
 * quotation mark, and where its value begins and ends. No name in it is written with escapes.
 */
export interface CutJson {
  readonly json: Buffer;
  readonly places: readonly number[];
}

export const placesPerAttribute = 3;

type Changes = Readonly<Record<string, AttributeValue | undefined>>;

interface Origin {
  readonly text: StoredText;
  readonly changes: Changes;
}

const unchanged: Changes = {};
const comma = 0x2c;
const openObject = 0x7b;
const closeObject = 0x7d;

/** An item in the JSON of an answer. A class, as there is one for each item of a table. */
export class StoredText implements ItemText {
  readonly #json: Buffer;
  readonly #places: readonly number[];
  readonly #first: number;
  readonly #last: number;
  readonly #changes: Changes;
  /** What this was made of, and the changes that were made to that. */
  readonly #origin: Origin | undefined;
  /** The values that were changed, as JSON without braces. */
  readonly #added: string;
  #item: RawItem | undefined;
  /** Values that were asked for, as they came; an item that was made of another one shares them. */
  readonly #values: Record<string, AttributeValue>;

  /** Of the attributes in `cut` from `first` to before `last`, at least one. */
  constructor(cut: CutJson, first: number, last: number, origin?: Origin) {
    const changes = origin ? { ...origin.text.#changes, ...origin.changes } : unchanged;
    this.#json = cut.json;
    this.#places = cut.places;
    this.#first = first;
    this.#last = last;
    this.#changes = changes;
    this.#origin = origin;
    this.#values = origin ? origin.text.#values : {};
    this.#added = changes === unchanged ? '' : encodeJson(changes).slice(1, -1);
  }

  get maxBytes(): number {
    return this.#end - this.#start + (this.#added === '' ? 0 : 1 + Buffer.byteLength(this.#added));
  }

  /** A change comes before what came; and that is parsed once, alone or with the whole item. */
  attribute(name: string): AttributeValue | undefined {
    if (this.#changes !== unchanged && Object.hasOwn(this.#changes, name)) return this.#changes[name];
    if (this.#item) return ownAttribute(this.#item, name);
    const known = ownAttribute(this.#values, name);
    if (known) return known;
    const at = this.#find(name);
    if (at === undefined) return undefined;
    const value = this.#valueAt(at);
    setOwn(this.#values, name, value);
    return value;
  }

  names(): string[] {
    return Object.keys(this.toItem());
  }

  with(changes: Changes): ItemText {
    const cut = { json: this.#json, places: this.#places };
    return new StoredText(cut, this.#first, this.#last, { text: this, changes });
  }

  changesSince(before: ItemText): Changes | undefined {
    if (before === this) return unchanged;
    const earlier = this.#origin?.text.changesSince(before);
    return earlier && { ...earlier, ...this.#origin?.changes };
  }

  equals(other: AnyItem): boolean {
    const areAsTheyCame = other instanceof StoredText && this.#changes === unchanged && other.#changes === unchanged;
    if (areAsTheyCame) return this.#hasTextOf(other) || this.#hasAttributesOf(other);
    return equalItems(this.toItem(), isText(other) ? other.toItem() : other);
  }

  /** Its attributes are in the order that changes to a raw item leave: functions of a migration see that. */
  toItem(): RawItem {
    this.#item ??= this.#origin
      ? changedItem(this.#origin.text.toItem(), this.#origin.changes)
      : (decodeJson(this.#json.toString('utf8', this.#start, this.#end)) as RawItem);
    return this.#item;
  }

  get put(): TextPut {
    return new TextPut(this);
  }

  /** Writes the item to where there are `maxBytes`, and answers where it ends. */
  writeTo(body: Buffer, at: number): number {
    if (this.#changes === unchanged) return at + this.#json.copy(body, at, this.#start, this.#end);
    body[at] = openObject;
    const begin = at + 1;
    let end = this.#writeUnchanged(body, begin);
    if (this.#added !== '') {
      if (end > begin) body[end++] = comma;
      end += body.write(this.#added, end);
    }
    body[end] = closeObject;
    return end + 1;
  }

  /** Writes the attributes that were not changed, as many as follow each other at once: from quotation mark to value. */
  #writeUnchanged(body: Buffer, begin: number): number {
    const changed: (number | undefined)[] = [];
    for (const name in this.#changes) changed.push(this.#find(name));
    let end = begin;
    let from = this.#first;
    // One step beyond the last attribute, where what has not been written yet is.
    for (let at = from; at <= this.#last; at += placesPerAttribute) {
      if (at < this.#last && !changed.includes(at)) continue;
      if (at > from) {
        if (end > begin) body[end++] = comma;
        end += this.#json.copy(body, end, this.#place(from) - 1, this.#place(at - 1));
      }
      from = at + placesPerAttribute;
    }
    return end;
  }

  get #start(): number {
    return this.#place(this.#first) - '{"'.length;
  }

  get #end(): number {
    return this.#place(this.#last - 1) + '}'.length;
  }

  #place(index: number): number {
    return this.#places[index] as number;
  }

  #nameEnd(at: number): number {
    return this.#place(at + 1) - '":'.length;
  }

  #find(name: string): number | undefined {
    const bytes = encodedName(name);
    return this.#findBytes(bytes, 0, bytes.byteLength);
  }

  #findBytes(name: Buffer, start: number, end: number): number | undefined {
    const json = this.#json;
    for (let at = this.#first; at < this.#last; at += placesPerAttribute) {
      const own = this.#place(at);
      if (this.#nameEnd(at) - own !== end - start) continue;
      let index = start;
      while (index < end && json[own + index - start] === name[index]) index += 1;
      if (index === end) return at;
    }
    return undefined;
  }

  #valueAt(at: number): AttributeValue {
    const text = this.#json.toString('utf8', this.#place(at + 1), this.#place(at + 2));
    // Most of what is asked for is a string, and to parse it takes longer than all else that is done with an item.
    const isPlain = text.startsWith('{"S":"') && text.endsWith('"}') && !text.includes('\\');
    if (isPlain) return { S: text.slice('{"S":"'.length, -'"}'.length) };
    return decodeJson(text) as AttributeValue;
  }

  #hasTextOf(other: StoredText): boolean {
    const [start, end] = [other.#start, other.#end];
    if (this.#end - this.#start !== end - start) return false;
    return this.#json.compare(other.#json, start, end, this.#start, this.#end) === 0;
  }

  /** Whether both have the same attributes with equal values, in whichever order. */
  #hasAttributesOf(other: StoredText): boolean {
    if (this.#last - this.#first !== other.#last - other.#first) return false;
    for (let at = this.#first; at < this.#last; at += placesPerAttribute) {
      const there = other.#findBytes(this.#json, this.#place(at), this.#nameEnd(at));
      if (there === undefined) return false;
      const [start, end] = [other.#place(there + 1), other.#place(there + 2)];
      const isSame = this.#json.compare(other.#json, start, end, this.#place(at + 1), this.#place(at + 2)) === 0;
      if (!isSame && !equalValues(this.#valueAt(at), other.#valueAt(there))) return false;
    }
    return true;
  }
}

/** The part of a request that puts a text. Whoever does not know texts reads a raw item in it. */
export class TextPut {
  readonly text: StoredText;

  constructor(text: StoredText) {
    this.text = text;
  }

  get Item(): RawItem {
    return this.text.toItem();
  }

  /** For JSON.stringify, in a client that does not know texts. */
  toJSON(): object {
    return { Item: JSON.parse(encodeJson(this.Item)) };
  }
}

/** A migration asks every item for the same few names. */
const encodedNames = new Map<string, Buffer>();
const mostNames = 1_000;

function encodedName(name: string): Buffer {
  const known = encodedNames.get(name);
  if (known) return known;
  const encoded = Buffer.from(name);
  if (encodedNames.size < mostNames) encodedNames.set(name, encoded);
  return encoded;
}
