import { MigrateError } from '../errors.js';

/** @throws MigrateError `USAGE` unless `value` is a number from `least` up. */
export function atLeast(name: string, value: number, least: number): number {
  if (value >= least) return value;
  throw notSuch(name, value, `a number from ${least} up`);
}

/** @throws MigrateError `USAGE` unless `value` is a whole number from `least` up, or absent. */
export function wholeNumber(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw notSuch(name, value, `a whole number from ${least} up`);
}

/** Of a word in place of a number only `NaN` is left, which nobody typed. */
function notSuch(name: string, value: number, wanted: string): MigrateError {
  const found = Number.isNaN(value) ? '' : `${value}, `;
  return new MigrateError('USAGE', `\`${name}\` is ${found}not ${wanted}`, { fix: 'migrate --help' });
}
