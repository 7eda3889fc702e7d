import { positionOf } from '../operation-position.js';
import type { LintSubject, RuleFinding } from './rule.js';

/** Keys that the definition declares were checked when it was loaded; these are those that other migrations tell of. */
export function keyTouched({ file: { definition }, source, tables }: LintSubject): RuleFinding[] {
  if (definition.kind === 'steps') return [];
  if (definition.kind === 'move' && definition.rekeyed) return [];
  const { name } = definition.kind === 'in-place' ? definition.table : definition.from;
  const known = tables.get(name);
  if (!known) return [];
  return definition.up.operations.flatMap((operation) =>
    operation.touches.flatMap((attribute): RuleFinding[] => {
      const at = positionOf(operation, source);
      const index = known.indexKeys.get(attribute);
      if (known.keys.has(attribute)) {
        return [
          {
            code: 'key-touched',
            message: `\`${operation.description}\` changes \`${attribute}\`, a key attribute of \`${name}\``,
            at,
            fix: 'leave it as it is, or make it a move that ends with `rekey`',
          },
        ];
      }
      if (index === undefined || definition.kind === 'move') return [];
      return [
        {
          code: 'index-key-touched',
          message: `\`${operation.description}\` changes \`${attribute}\`, a key of the index \`${index}\`: an item without it drops out of the index`,
          at,
          fix: 'add an index on the new attribute first, and let applications use that one',
        },
      ];
    }),
  );
}
