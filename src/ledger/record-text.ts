const MAX_BYTES = 8 * 1024;
const MAX_WORD = 200;
/** The longest name of a key attribute is 255 bytes, and a key has two of them at most. */
const MAX_NAME = 255;
const MAX_KEY_ATTRIBUTES = 2;

/**
 * What may be kept of a record of a stream that cannot be read, as JSON in the shape of a record: its number, event and
 * keys. Records hold whole items, so nothing else of it. Never throws, whatever the record is.
 */
export function recordText(record: unknown): string {
  const data = memberOf(record, 'dynamodb');
  const eventID = wordOf(memberOf(record, 'eventID'));
  const eventName = wordOf(memberOf(record, 'eventName'));
  const SequenceNumber = wordOf(memberOf(data, 'SequenceNumber'));
  const text = JSON.stringify({
    eventID,
    eventName,
    dynamodb: { SequenceNumber, Keys: keysOf(memberOf(data, 'Keys')) },
  });
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  return JSON.stringify({ eventID, eventName, dynamodb: { SequenceNumber } });
}

/** The sequence number in what {@link recordText} wrote. */
export function sequenceNumberIn(text: string): string | undefined {
  return wordOf(memberOf(memberOf(JSON.parse(text), 'dynamodb'), 'SequenceNumber'));
}

function keysOf(value: unknown): unknown {
  const names = namesOf(value);
  if (names.length === 0 || names.length > MAX_KEY_ATTRIBUTES) return undefined;
  const entries = names
    .filter((name) => name.length <= MAX_NAME)
    .map((name) => [name, scalarOf(memberOf(value, name))] as const);
  return Object.fromEntries(entries.filter(([, scalar]) => scalar !== undefined));
}

/** A string, number or binary value, the last in base64 like in Lambda's records; nothing else is a key. */
function scalarOf(value: unknown): unknown {
  const [S, N, B] = [memberOf(value, 'S'), memberOf(value, 'N'), memberOf(value, 'B')];
  if (typeof S === 'string') return { S };
  if (typeof N === 'string') return { N };
  if (typeof B === 'string') return { B };
  return B instanceof Uint8Array ? { B: Buffer.from(B).toString('base64') } : undefined;
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value).slice(0, MAX_WORD)
    : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  try {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  } catch {
    // A getter, or a proxy.
    return undefined;
  }
}

function namesOf(value: unknown): string[] {
  try {
    return typeof value === 'object' && value !== null ? Object.keys(value) : [];
  } catch {
    return [];
  }
}
