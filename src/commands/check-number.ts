import { MigrateError } from '../errors.js';

/** @throws MigrateError `USAGE` unless `value` is a number from `least` up. */
export function atLeast(name: string, value: number, least: number): number {
  if (value >= least) return value;
  throw new MigrateError('USAGE', `\`${name}\` is ${value}, not a number from ${least} up`, { fix: 'migrate --help' });
}

/** @throws MigrateError `USAGE` unless `value` is a whole number from `least` up, or absent. */
export function wholeNumber(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new MigrateError('USAGE', `\`${name}\` is ${value}, not a whole number from ${least} up`, {
    fix: 'migrate --help',
  });
}
