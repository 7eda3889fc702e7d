import { MigrateError } from '../errors.js';
import type { AttributeValue } from './attribute-value.js';
import { bytesText } from './bytes.js';
import { canonicalNumber, isStorableNumber, numberText } from './number.js';

/**
 * A JavaScript `Set` as a string, number or binary set, told by its members. An unchanged set is `original` itself,
 * in its order; members that stay keep their text.
 *
 * @throws MigrateError `ITEM_INVALID` for a set that is empty, mixed, or has a member DynamoDB cannot hold in a set.
 */
export function fromSet(set: ReadonlySet<unknown>, original: AttributeValue | undefined, path: string): AttributeValue {
  const members = [...set].map((member) => memberOf(member, path));
  const [first] = members;
  if (first === undefined) {
    throw invalidSet(path, 'is an empty set', 'leave the attribute out: DynamoDB has no empty sets');
  }
  const other = members.find((member) => member.type !== first.type);
  if (other !== undefined) {
    throw invalidSet(path, `is a set with both ${first.type} and ${other.type} members`, 'use an array to mix types');
  }
  return buildSet(first.type, members, original, path);
}

type SetType = 'SS' | 'NS' | 'BS';

interface Member {
  readonly type: SetType;
  readonly value: string | Uint8Array;
  /** Equal for members that DynamoDB calls the same. */
  readonly identity: string;
}

function memberOf(member: unknown, path: string): Member {
  if (typeof member === 'string') return stored('SS', member);
  if (member instanceof Uint8Array) return stored('BS', new Uint8Array(member));
  const text = typeof member === 'object' && member !== null ? numberText(member) : numeric(member);
  if (text === undefined) {
    const found = member === null ? 'null' : typeof member === 'object' ? 'an object' : `a ${typeof member}`;
    throw invalidSet(
      path,
      `is a set with ${found} in it`,
      'a set holds only strings, only numbers or only Uint8Arrays',
    );
  }
  if (!isStorableNumber(text)) {
    throw invalidSet(path, `is a set with the number \`${text}\` in it`, 'DynamoDB cannot store that number');
  }
  return stored('NS', text);
}

function numeric(member: unknown): string | undefined {
  return typeof member === 'number' || typeof member === 'bigint' ? String(member) : undefined;
}

function stored(type: SetType, value: string | Uint8Array): Member {
  const identity = typeof value !== 'string' ? bytesText(value) : type === 'NS' ? canonicalNumber(value) : value;
  return { type, value, identity };
}

function buildSet(
  type: SetType,
  members: readonly Member[],
  original: AttributeValue | undefined,
  path: string,
): AttributeValue {
  const old = new Map(oldMembers(type, original).map((value) => [stored(type, value).identity, value]));
  const kept = new Map(members.map((member) => [member.identity, old.get(member.identity) ?? member.value]));
  if (kept.size < members.length) {
    throw invalidSet(
      path,
      'is a set that names one value twice',
      'numbers and bytes are compared by value: `1` is `1.0`',
    );
  }
  if (original !== undefined && old.size === kept.size && [...kept.keys()].every((identity) => old.has(identity))) {
    return original;
  }
  // The type was established member by member above.
  return { [type]: [...kept.values()] } as unknown as AttributeValue;
}

function oldMembers(type: SetType, original: AttributeValue | undefined): readonly (string | Uint8Array)[] {
  if (original === undefined) return [];
  if (type === 'SS' && 'SS' in original) return original.SS;
  if (type === 'NS' && 'NS' in original) return original.NS;
  return type === 'BS' && 'BS' in original ? original.BS : [];
}

function invalidSet(path: string, found: string, fix: string): MigrateError {
  return new MigrateError('ITEM_INVALID', `\`${path}\` ${found}, which DynamoDB cannot store`, { fix });
}
