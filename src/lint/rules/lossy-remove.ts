import { positionOf } from '../operation-position.js';
import type { LintSubject, RuleFinding } from './rule.js';

/** In place, what `remove` takes away is gone. A move leaves the old table as it is. */
export function lossyRemove({ file: { definition }, source }: LintSubject): RuleFinding[] {
  if (definition.kind !== 'in-place' || definition.irreversible === undefined) return [];
  return definition.up.operations
    .filter(({ kind }) => kind === 'remove')
    .map((operation) => ({
      code: 'lossy-remove',
      message: `\`${operation.description}\` deletes values, and there is no way back but a backup`,
      at: positionOf(operation, source),
      fix: 'switch on point-in-time recovery first, or move the items to a new table, which keeps the old ones; then allow it with the reason',
    }));
}
