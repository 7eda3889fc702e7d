const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** Takes a member of an object: where its name begins and ends, without quotation marks, and where its value begins. */
export type OnMember = (name: number, nameEnd: number, value: number) => number;

/**
 * Walks over the object that begins at `at`, as DynamoDB writes it, without white space; answers where it ends.
 * `onMember` answers where the value that it is told of ends.
 *
 * @throws SyntaxError where there is no such object.
 */
export function walkObject(json: Uint8Array, at: number, onMember: OnMember): number {
  if (json[at] !== openObject) throw unexpected(at);
  let end = at + 1;
  if (json[end] === closeObject) return end + 1;
  for (;;) {
    const nameEnd = stringEnd(json, end) - 1;
    if (json[nameEnd + 1] !== colon) throw unexpected(nameEnd + 1);
    end = onMember(end + 1, nameEnd, nameEnd + 2);
    if (json[end] === closeObject) return end + 1;
    if (json[end] !== comma) throw unexpected(end);
    end += 1;
  }
}

/**
 * Walks over the list that begins at `at`; answers where it ends. `onElement` answers where the element ends that begins
 * where it is told.
 *
 * @throws SyntaxError where there is no list.
 */
export function walkList(json: Uint8Array, at: number, onElement: (at: number) => number): number {
  if (json[at] !== openList) throw unexpected(at);
  let end = at + 1;
  if (json[end] === closeList) return end + 1;
  for (;;) {
    end = onElement(end);
    if (json[end] === closeList) return end + 1;
    if (json[end] !== comma) throw unexpected(end);
    end += 1;
  }
}

/**
 * Where the value that begins at `at` ends. What is in it is not looked at: whoever wants to know parses it.
 *
 * @throws SyntaxError where it does not end.
 */
export function valueEnd(json: Uint8Array, at: number): number {
  let depth = 0;
  for (let end = at; ; end += 1) {
    const byte = json[end];
    if (byte === quote) {
      end = stringEnd(json, end) - 1;
      if (depth === 0) return end + 1;
    } else if (byte === openObject || byte === openList) depth += 1;
    else if (byte === closeObject || byte === closeList) {
      // The end of what a number or a word stands in.
      if (depth === 0) return end;
      depth -= 1;
      if (depth === 0) return end + 1;
    } else if (byte === comma && depth === 0) return end;
    else if (byte === undefined) throw unexpected(end);
  }
}

/** Whether there is an object. */
export function isObject(json: Uint8Array, at: number): boolean {
  return json[at] === openObject;
}

/** Whether the name that is there is written with escapes, so that its bytes are not those of the name. */
export function isEscaped(json: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (json[at] === backslash) return true;
  return false;
}

/** To look at so many bytes one by one takes as long as to have them searched. */
const shortString = 48;

function stringEnd(json: Uint8Array, at: number): number {
  if (json[at] !== quote) throw unexpected(at);
  let end = at + 1;
  for (const far = end + shortString; end < far; end += 1) {
    const byte = json[end];
    if (byte === quote) return end + 1;
    if (byte === backslash) end += 1;
    else if (byte === undefined) throw unexpected(end);
  }
  // From here on, where no escape is cut in two.
  for (;;) {
    const found = json.indexOf(quote, end);
    if (found < 0) throw unexpected(json.byteLength);
    let backslashes = 0;
    while (json[found - backslashes - 1] === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return found + 1;
    end = found + 1;
  }
}

function unexpected(at: number): SyntaxError {
  return new SyntaxError(`the JSON is not as expected at byte ${at}`);
}
