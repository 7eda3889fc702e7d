/**
 * A text that two values share only where nobody can tell them apart who asks for plain data: `undefined` is not a missing
 * key, and a function is one, whatever it does. No text for anything else, an instance of a class say, or a cycle.
 */
export function plainText(value: unknown): string | undefined {
  try {
    return textOf(value, 0);
  } catch {
    return undefined;
  }
}

const deepest = 20;

function textOf(value: unknown, depth: number): string {
  if (depth > deepest) throw new Error('too deep');
  if (typeof value === 'function') return 'function';
  if (value === undefined || typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') throw new Error('not plain');
  const given = value;
  const isList = Array.isArray(given);
  if (Object.getPrototypeOf(given) !== (isList ? Array.prototype : Object.prototype)) throw new Error('not plain');
  const entries = Reflect.ownKeys(given).map((key) => {
    const { value: held, get, enumerable } = Reflect.getOwnPropertyDescriptor(given, key) ?? {};
    if (typeof key !== 'string' || get || (!enumerable && !isList)) throw new Error('not plain');
    return `${JSON.stringify(key)}:${textOf(held, depth + 1)}`;
  });
  return isList ? `[${entries.join()}]` : `{${entries.join()}}`;
}
