import { nearest } from '../config/nearest.js';
import { globalOptions } from './global-options.js';

const flags = [
  ...Object.keys(globalOptions),
  'to',
  'step',
  'dry-run',
  'max-item-errors',
  'reason',
  'retry',
  'exit-code',
  'watch',
];

/** yargs' message about an unknown argument, with the flag that was probably meant. */
export function suggestFlag(message: string): string {
  const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(message) ?? [];
  if (unknown === undefined) return message.charAt(0).toLowerCase() + message.slice(1);
  const meant = nearest(unknown, flags);
  return `unknown argument \`${unknown}\`${meant === undefined ? '' : `; did you mean \`--${meant}\`?`}`;
}
