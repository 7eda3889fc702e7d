import { MigrateError } from '../errors.js';

const numberMark = Symbol.for('dynamigrate.number');

/**
 * A number as DynamoDB keeps it: a decimal string. A transform sees one of these wherever a double could not
 * hold the stored number exactly (`9007199254740993.5`, a 38-digit integer), so that nothing is ever rounded.
 *
 * It has no arithmetic. Using one as a JavaScript number throws instead of rounding; take `.value` to a decimal
 * library, or `BigInt(n.value)` where it is an integer.
 *
 * @throws MigrateError `ITEM_INVALID` if `value` is not a number that DynamoDB can store.
 */
export class NumberValue {
  readonly value: string;

  constructor(value: string) {
    if (!isStorableNumber(value)) {
      throw new MigrateError('ITEM_INVALID', `\`${String(value)}\` is not a number that DynamoDB can store`, {
        fix: 'give a decimal string of at most 38 significant digits between 1E-130 and 9.99…E+125',
      });
    }
    this.value = value;
  }

  /** Lets another copy of the package recognise the class. */
  get [numberMark](): true {
    return true;
  }

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }

  /** Text is exact; a double, or the `+` that could mean either, is not, so those throw. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.value;
    throw new TypeError(
      `${this.value} does not fit in a JavaScript number; use its \`.value\` with BigInt or a decimal library`,
    );
  }
}

/** Whether two decimal strings are the same number: `1.0` and `1`, `1E+2` and `100`, `-0` and `0`. */
export function equalNumbers(a: string, b: string): boolean {
  return a === b || canonicalNumber(a) === canonicalNumber(b);
}

/**
 * One text for each number: `-12345e-3` for `-12.3450`, `0` for zero. Text that is not a number is returned as it
 * is, so it equals only itself.
 */
export function canonicalNumber(text: string): string {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return text;
  if (decimal.digits === '') return '0';
  return `${decimal.negative ? '-' : ''}${decimal.digits}e${decimal.exponent}`;
}

/** The number of significant digits, 0 for zero and for text that is not a number. */
export function significantDigits(text: string): number {
  return parseDecimal(text)?.digits.length ?? 0;
}

/**
 * Whether DynamoDB can store the number exactly: at most 38 significant digits, magnitude zero or from 1E-130 to
 * 9.9999999999999999999999999999999999999E+125 ("Supported data types and naming rules", Number).
 */
export function isStorableNumber(text: string): boolean {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return false;
  if (decimal.digits === '') return true;
  const magnitude = decimal.exponent + decimal.digits.length - 1;
  return decimal.digits.length <= 38 && magnitude >= -130 && magnitude <= 125;
}

/**
 * The decimal text of a number value: ours, that of another copy of the package, or the SDK's `NumberValue`.
 * Told by marks that minifying keeps, and never a plain map: `{ value: '1' }` is a map with one member.
 */
export function numberText(value: object): string | undefined {
  const candidate = value as { value?: unknown; toBigInt?: unknown };
  const known = numberMark in value || (typeof candidate.toBigInt === 'function' && !Object.hasOwn(value, 'toBigInt'));
  return known && typeof candidate.value === 'string' ? candidate.value : undefined;
}

interface Decimal {
  readonly negative: boolean;
  /** Without zeros on either end; empty for zero. */
  readonly digits: string;
  /** The value is `digits` × 10^`exponent`. */
  readonly exponent: number;
}

const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function parseDecimal(text: string): Decimal | undefined {
  const match = decimalPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const all = whole + fraction;
  if (all === '') return undefined;
  let end = all.length;
  while (end > 0 && all[end - 1] === '0') end -= 1;
  let start = 0;
  while (start < end && all[start] === '0') start += 1;
  const exponent = Number(power) - fraction.length + (all.length - end);
  return { negative: sign === '-', digits: all.slice(start, end), exponent };
}
