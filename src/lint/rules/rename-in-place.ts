import { positionOf } from '../operation-position.js';
import type { LintSubject, RuleFinding } from './rule.js';

const renaming = ['rename', 'nest', 'unnest'];

/** Whoever reads the old name finds nothing there, from the first page on. */
export function renameInPlace({ file: { definition }, source }: LintSubject): RuleFinding[] {
  if (definition.kind !== 'in-place') return [];
  return definition.up.operations
    .filter(({ kind }) => renaming.includes(kind))
    .map((operation) => ({
      code: 'rename-in-place',
      message: `\`${operation.description}\` takes an attribute from applications that read it while this runs`,
      at: positionOf(operation, source),
      fix: 'let every application read both forms first, or `copy` now and `remove` in a later migration, or make it a move',
    }));
}
