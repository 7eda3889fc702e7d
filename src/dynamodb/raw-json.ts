/** How requests are written, and answers read. */
export interface BodyFormat {
  readonly encode: (input: object) => Buffer;
  /** Throws a SyntaxError for what is no JSON. */
  readonly decode: (body: Buffer) => Record<string, unknown>;
}

/** Items in their raw form. */
export const rawJson: BodyFormat = {
  encode: (input) => Buffer.from(encodeJson(input)),
  decode: (body) => (body.byteLength === 0 ? {} : (decodeJson(body.toString()) as Record<string, unknown>)),
};

/**
 * A part of a request: what JSON cannot say, the bytes of `B` and `BS`, as base64. Nothing else of an input needs
 * to be changed: numbers are strings already, and attribute values have on the wire the form that they have here.
 */
export function encodeJson(part: object): string {
  return JSON.stringify(hasBytes(part) ? withText(part) : part);
}

/**
 * A part of an answer.
 *
 * A `B` whose value is a string is binary wherever it stands: as the name of an attribute it would have an attribute
 * value, which is an object, and a table's name has three characters at least. So no schema is needed to tell.
 *
 * @throws SyntaxError where it is no JSON.
 */
export function decodeJson(text: string): unknown {
  const part: unknown = JSON.parse(text);
  // Searched without the quotation mark in front: there is one every few characters.
  if (text.includes('B":') || text.includes('BS":')) reviveBytes(part);
  return part;
}

function hasBytes(value: object): boolean {
  if (value instanceof Uint8Array) return true;
  if (Array.isArray(value)) {
    for (const member of value) if (isObject(member) && hasBytes(member)) return true;
    return false;
  }
  const members = value as Readonly<Record<string, unknown>>;
  // Most of what is asked about is a value of these two types, and has nothing else.
  if (typeof members.S === 'string' || typeof members.N === 'string') return false;
  for (const name in members) {
    const member = members[name];
    if (isObject(member) && hasBytes(member)) return true;
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function withText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  // What tells its JSON by itself: no map of attributes has a function in it.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return value;
  if (Array.isArray(value)) return value.map(withText);
  // `fromEntries` defines its properties, so an attribute may be called `__proto__`.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withText(member)]));
}

function reviveBytes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const member of value) reviveBytes(member);
    return;
  }
  const members = value as Record<string, unknown>;
  if (typeof members.B === 'string') members.B = bytesOf(members.B);
  else if (Array.isArray(members.BS)) members.BS = members.BS.map(bytesOf);
  else for (const member of Object.values(members)) reviveBytes(member);
}

/** A plain array of its own, as the SDK gives: a Buffer is a view of a pool that it shares with others. */
function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
