import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalNumber,
  equalNumbers,
  isStorableNumber,
  NumberValue,
  numberText,
  significantDigits,
} from '../../src/item/number.js';

describe('equalNumbers', () => {
  it.each([
    ['1', '1.0'],
    ['1', '+1'],
    ['100', '1E+2'],
    ['100', '1e2'],
    ['0.001', '1E-3'],
    ['.5', '0.50'],
    ['5.', '5'],
    ['-0', '0'],
    ['0e7', '0'],
    ['000123.4500', '123.45'],
    ['12345678901234567890123456789012345678', '1.2345678901234567890123456789012345678E37'],
  ])('%s is %s', (a, b) => {
    expect(equalNumbers(a, b)).toBe(true);
    expect(equalNumbers(b, a)).toBe(true);
  });

  it.each([
    ['1', '-1'],
    ['1', '10'],
    ['9007199254740993', '9007199254740992'],
    ['0.1', '0.10000000000000000001'],
    ['1E+100', '1E+101'],
    ['x', 'y'],
    ['', '0'],
    ['.', '0'],
    ['NaN', '0'],
  ])('%s is not %s', (a, b) => {
    expect(equalNumbers(a, b)).toBe(false);
  });

  it('agrees with integers scaled by powers of ten', () => {
    const decimal = fc.record({
      unscaled: fc.bigInt({ min: -1200n, max: 1200n }),
      scale: fc.integer({ min: -3, max: 3 }),
      zeros: fc.integer({ min: 0, max: 3 }),
      exponential: fc.boolean(),
    });
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(equalNumbers(write(a), write(b))).toBe(exact(a) === exact(b));
      }),
      { numRuns: 2000 },
    );
  });
});

interface Scaled {
  readonly unscaled: bigint;
  /** The value is `unscaled` × 10^-`scale`. */
  readonly scale: number;
  readonly zeros: number;
  readonly exponential: boolean;
}

function exact({ unscaled, scale }: Scaled): bigint {
  return unscaled * 10n ** BigInt(3 - scale);
}

/** The same number in one of its spellings: with an exponent or a point, with zeros at either end. */
function write({ unscaled, scale, zeros, exponential }: Scaled): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  const pad = '0'.repeat(zeros);
  if (exponential) return `${sign}${pad}${digits}.${pad}E${-scale}`;
  if (scale <= 0) return `${sign}${pad}${digits}${'0'.repeat(-scale)}.${pad}`;
  const long = digits.padStart(scale + 1, '0');
  return `${sign}${pad}${long.slice(0, -scale)}.${long.slice(-scale)}${pad}`;
}

describe('canonicalNumber', () => {
  it('gives one text for a number and leaves other text alone', () => {
    expect(canonicalNumber('-12.3450')).toBe('-12345e-3');
    expect(canonicalNumber('-0.00')).toBe('0');
    expect(canonicalNumber('1200')).toBe('12e2');
    expect(canonicalNumber('twelve')).toBe('twelve');
  });
});

describe('isStorableNumber', () => {
  it.each([
    ['0', true],
    ['1E-130', true],
    ['1E-131', false],
    ['0.1E-129', true],
    ['9.9999999999999999999999999999999999999E+125', true],
    ['1E+126', false],
    ['-9.9999999999999999999999999999999999999E+125', true],
    ['12345678901234567890123456789012345678', true],
    ['123456789012345678901234567890123456789', false],
    ['1234567890123456789012345678901234567800000', true],
    ['NaN', false],
    ['Infinity', false],
    ['0x10', false],
    [' 1', false],
    ['', false],
  ])('%s: %s', (text, storable) => {
    expect(isStorableNumber(text)).toBe(storable);
  });

  it('counts significant digits', () => {
    expect(significantDigits('00120.0300')).toBe(5);
    expect(significantDigits('-0.0')).toBe(0);
  });
});

describe('NumberValue', () => {
  const value = new NumberValue('9007199254740993.5');

  it('is its text', () => {
    expect(value.value).toBe('9007199254740993.5');
    expect(`${value}`).toBe('9007199254740993.5');
    expect(JSON.stringify({ value })).toBe('{"value":"9007199254740993.5"}');
  });

  it('throws rather than rounds when it is used as a number', () => {
    const number = value as unknown as number;
    expect(() => number * 2).toThrow('9007199254740993.5 does not fit in a JavaScript number');
    expect(() => number + 1).toThrow(TypeError);
    expect(() => number < 1).toThrow(TypeError);
  });

  it('refuses text that DynamoDB does not take for a number', () => {
    expect(() => new NumberValue('1e999')).toThrow('`1e999` is not a number that DynamoDB can store');
  });

  it('is told from a plain map, and so is the number value of the SDK', async () => {
    const { NumberValue: SdkNumberValue } = await import('@aws-sdk/lib-dynamodb');
    expect(numberText(value)).toBe('9007199254740993.5');
    expect(numberText(SdkNumberValue.from('1E+100'))).toBe('1E+100');
    expect(numberText({ value: '1' })).toBeUndefined();
    expect(numberText({ value: '1', toBigInt: () => 1n })).toBeUndefined();
    expect(
      numberText(
        new (class Money {
          value = '1';
        })(),
      ),
    ).toBeUndefined();
  });
});
