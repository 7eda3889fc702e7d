import { type ErrorCode, exitCodes, MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import type { Obligation, StoredObligation } from '../reconcile/ports.js';
import { decodeIntents, decodeKeys, encodeIntents } from './intent-text.js';
import { decodeRawKey, encodeRawKey, encodeRawKeys, rawKeyDigest } from './raw-key.js';
import { recordText, sequenceNumberIn } from './record-text.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';
import { shortMessage } from './short-message.js';

/** The row of an obligation: keys and an error, never anything else of an item. */
export interface ObligationRow {
  readonly sk: string;
  readonly kind: Obligation['kind'];
  readonly direction: Direction;
  /** The process that added it last: `sync 7`. */
  readonly origin: string;
  readonly generation: number;
  /** A random name of the add that wrote the row. */
  readonly stamp: string;
  /** How often it was added. */
  readonly attempts: number;
  /** ISO time of the last add. */
  readonly at: string;
}

/** What the row of an obligation is called, so that adds to the same one meet; `undefined`: each has its own. */
export function digestOf(obligation: Obligation): string | undefined {
  switch (obligation.kind) {
    case 'reconcile':
      return undefined;
    case 'quarantined':
      return rawKeyDigest(obligation.intent.unit);
    case 'contested':
      return rawKeyDigest(obligation.key);
    case 'misshapen': {
      // Lambda delivers a record again until its whole batch was handled.
      const text = recordText(obligation.record);
      return sequenceNumberIn(text) === undefined ? undefined : rawKeyDigest({ record: { S: text } });
    }
  }
}

/** An obligation with all that the stored one of the same row says. */
export function unite(obligation: Obligation, stored: Row): Obligation {
  const before = decodeObligation(stored);
  if (obligation.kind === 'quarantined' && before.kind === 'quarantined') {
    const { unit, keys } = obligation.intent;
    return { ...obligation, intent: { unit, keys: union(before.intent.keys, keys) } };
  }
  if (obligation.kind === 'contested' && before.kind === 'contested') {
    return { ...obligation, claimants: union(before.claimants, obligation.claimants) };
  }
  return obligation;
}

/** The attributes that hold an obligation. */
export function encodeObligation(obligation: Obligation): Readonly<Record<string, unknown>> {
  const { kind } = obligation;
  switch (kind) {
    case 'reconcile':
      return { kind, intents: encodeIntents(obligation.intents), inFlight: obligation.inFlight };
    case 'quarantined': {
      const { unit, keys } = obligation.intent;
      return { kind, unit: encodeRawKey(unit), keys: encodeRawKeys(keys), ...encodeError(obligation.error) };
    }
    case 'contested':
      return { kind, key: encodeRawKey(obligation.key), claimants: encodeRawKeys(obligation.claimants) };
    case 'misshapen':
      return { kind, record: recordText(obligation.record), ...encodeError(obligation.error) };
  }
}

/** The obligation of a row; a misshapen record comes back as what was kept of it. */
export function decodeObligation(row: Row): Obligation {
  const { kind } = row as unknown as ObligationRow;
  const text = row as unknown as Record<'intents' | 'unit' | 'keys' | 'key' | 'claimants' | 'record', string>;
  switch (kind) {
    case 'reconcile':
      return { kind, intents: decodeIntents(text.intents), inFlight: row.inFlight === true };
    case 'quarantined': {
      const intent = { unit: decodeRawKey(text.unit), keys: decodeKeys(text.keys) };
      return { kind, intent, error: decodeError(row) };
    }
    case 'contested':
      return { kind, key: decodeRawKey(text.key), claimants: decodeKeys(text.claimants) };
    case 'misshapen':
      return { kind, record: JSON.parse(text.record), error: decodeError(row) };
  }
}

/** The obligation as its readers get it. The id names the row and the add that wrote it. */
export function storedOf(row: Row): StoredObligation {
  const { sk, stamp, generation } = row as unknown as ObligationRow;
  return { id: `${sk}#${stamp}`, generation, obligation: decodeObligation(row) };
}

/** The row and the add that an id names. */
export function placeOf(id: string): { readonly sk: string; readonly stamp: string } {
  const end = id.lastIndexOf('#');
  return { sk: id.slice(0, end), stamp: id.slice(end + 1) };
}

function union(a: readonly RawItem[], b: readonly RawItem[]): RawItem[] {
  return [...new Map([...a, ...b].map((key) => [encodeRawKey(key), key])).values()];
}

function encodeError({ code, message, key }: MigrateError) {
  return { code, message: shortMessage(message), ...(key === undefined ? {} : { itemKey: shortMessage(key) }) };
}

function decodeError(row: Row): MigrateError {
  const { code, message, itemKey } = row as unknown as { code: string; message: string; itemKey?: string };
  if (Object.hasOwn(exitCodes, code)) return new MigrateError(code as ErrorCode, message, { key: itemKey });
  // A newer version has codes that this one does not know.
  return new MigrateError('MIGRATION_FAILED', `${code}: ${message}`, { key: itemKey });
}
