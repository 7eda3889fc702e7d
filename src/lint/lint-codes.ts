/**
 * What `check` looks for beside what keeps a file from loading. The codes are a public promise: they are never renamed,
 * and each has a heading in docs/lint.md.
 */
export const lintCodes = {
  'type-error': { severity: 'error', summary: 'the compiler refuses a migration file' },
  'order-conflict': {
    severity: 'error',
    summary: 'the order file has marks of a merge conflict, or a line that is none',
  },
  'order-unlisted': { severity: 'error', summary: 'a migration is not in the order file' },
  'order-changed': { severity: 'error', summary: 'a migration is not what the order file says' },
  'order-gone': { severity: 'error', summary: 'the order file has a migration that has no file' },
  'order-missing': { severity: 'warning', summary: 'there is no order file' },
  'out-of-order': { severity: 'error', summary: 'a migration came later than one with a higher number' },
  renumbered: { severity: 'error', summary: 'a migration has another number than in the order file' },
  impure: { severity: 'error', summary: 'a transform depends on clock, random, network or environment' },
  'key-touched': { severity: 'error', summary: 'a migration changes a key attribute of its table' },
  'index-key-touched': { severity: 'warning', summary: 'a migration changes a key attribute of an index' },
  'index-capacity': { severity: 'error', summary: 'an index whose capacity does not suit its table' },
  'lossy-remove': { severity: 'warning', summary: 'values are removed in place, and there is no way back' },
  'rename-in-place': { severity: 'warning', summary: 'running applications lose an attribute that they read' },
  'possible-collision': { severity: 'warning', summary: 'two values or items may claim one place' },
  'item-size': { severity: 'warning', summary: 'items grow by so much that some may pass 400 KB' },
  'allow-invalid': { severity: 'error', summary: 'a comment that allows a finding names no code, or no reason' },
} as const satisfies Record<string, { severity: Severity; summary: string }>;

export type Severity = 'error' | 'warning';

/** A stable code of `check`, one of {@link lintCodes}. */
export type LintCode = keyof typeof lintCodes;

export function isLintCode(text: string): text is LintCode {
  return Object.hasOwn(lintCodes, text);
}
