import { MigrateError } from '../../errors.js';
import { assertDistinct, assertName, assertOptions } from '../assert-arguments.js';
import { found } from '../found.js';
import type { Operation } from '../operation.js';

/** What `rename` does with an item that has both attributes. */
export interface RenameOptions {
  /**
   * `overwrite`: the renamed value wins. `keep`: the value that is there already stays. Either way the other value
   * is lost, so the operation has no inverse. Without this option such an item is an error.
   */
  readonly onCollision: 'overwrite' | 'keep';
}

/** Renames an attribute. An item without it is left alone. */
export function rename(from: string, to: string, options?: RenameOptions): Operation {
  assertName('rename', from);
  assertName('rename', to);
  assertDistinct('rename', from, to);
  const onCollision = options === undefined ? undefined : collisionRule(options);
  const description = `rename ${from} → ${to}`;
  return {
    kind: 'rename',
    description,
    touches: [from, to],
    inPlaceProblem: undefined,
    inverse:
      onCollision === undefined
        ? { operation: () => rename(to, from) }
        : { none: `loses a value where an item has both attributes (\`onCollision: '${onCollision}'\`)` },
    apply(draft) {
      const value = draft.get(from);
      if (value === undefined) {
        // That nothing was to do may change with `to` as well, if only because `from` and `to` then collide.
        draft.has(to);
        return;
      }
      const collides = draft.has(to);
      if (collides && onCollision === undefined) throw collision(description, to, from);
      draft.remove(from);
      if (!collides || onCollision === 'overwrite') draft.set(to, value);
    },
  };
}

function collisionRule(options: RenameOptions): RenameOptions['onCollision'] {
  assertOptions('rename', options, ['onCollision']);
  const { onCollision } = options;
  if (onCollision === 'overwrite' || onCollision === 'keep') return onCollision;
  throw new MigrateError('MIGRATION_INVALID', `\`rename\` was given ${found(onCollision)} for \`onCollision\``, {
    fix: "use `'overwrite'` or `'keep'`, or leave the options out to make a collision an error",
  });
}

function collision(description: string, to: string, from: string): MigrateError {
  return new MigrateError('ATTRIBUTE_COLLISION', `\`${description}\` would overwrite \`${to}\`: the item has both`, {
    fix: `say which value stays, in \`up\` or in a \`down\` of your own: \`rename('${from}', '${to}', { onCollision: 'overwrite' | 'keep' })\``,
  });
}
