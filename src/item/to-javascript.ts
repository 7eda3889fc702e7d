import { setOwn } from './attribute.js';
import type { AttributeValue } from './attribute-value.js';
import { equalNumbers, NumberValue } from './number.js';

/**
 * A stored value as plain JavaScript: strings, booleans, `null`, arrays, plain objects, `Uint8Array`, and a `Set` of
 * strings, numbers or `Uint8Array`s. A number is a JavaScript number where that is exact, else a
 * {@link NumberValue}. Everything is a fresh copy: changing it does not change `value`.
 */
export function toJavaScript(value: AttributeValue): unknown {
  if ('S' in value) return value.S;
  if ('N' in value) return toNumber(value.N);
  if ('BOOL' in value) return value.BOOL;
  if ('NULL' in value) return null;
  if ('M' in value) return toObject(value.M);
  if ('L' in value) return value.L.map(toJavaScript);
  if ('B' in value) return new Uint8Array(value.B);
  if ('SS' in value) return new Set(value.SS);
  if ('NS' in value) return new Set(value.NS.map(toNumber));
  return new Set(value.BS.map((bytes) => new Uint8Array(bytes)));
}

/** Exact means that writing the double down again, in its shortest form, gives the stored decimal. */
function toNumber(text: string): number | NumberValue {
  const number = Number(text);
  const written = String(number);
  if (written === text) return number;
  // `+ 0` makes -0 into 0: DynamoDB has one zero.
  return Number.isFinite(number) && equalNumbers(written, text) ? number + 0 : new NumberValue(text);
}

function toObject(members: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) setOwn(object, name, toJavaScript(value));
  return object;
}
