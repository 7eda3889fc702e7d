import { MigrateError } from '../../errors.js';
import { attributeOf } from '../../item/attribute.js';
import { assertDistinct, assertName, assertOptions } from '../assert-arguments.js';
import type { Draft } from '../draft.js';
import { found } from '../found.js';
import type { ItemOperation, Passage } from '../operation.js';

/** What `rename` does with an item that has both attributes. */
export interface RenameOptions {
  /**
   * `overwrite`: the renamed value wins. `keep`: the value that is there already stays. Either way the other value
   * is lost, so the operation has no inverse. Without this option such an item is an error.
   */
  readonly onCollision: 'overwrite' | 'keep';
}

/** Renames an attribute. An item without it is left alone. */
export function rename(from: string, to: string, options?: RenameOptions): ItemOperation {
  assertName('rename', from);
  assertName('rename', to);
  assertDistinct('rename', from, to);
  const onCollision = options === undefined ? undefined : collisionRule(options);
  const description = `rename ${from} → ${to}`;
  return {
    kind: 'rename',
    description,
    touches: [from, to],
    removes: [from],
    inPlaceProblem: undefined,
    inverse:
      onCollision === undefined
        ? { operation: () => rename(to, from) }
        : { none: `loses a value where an item has both attributes (\`onCollision: '${onCollision}'\`)` },
    restore: { put: (draft, old) => renameBack(draft, { from, to, onCollision }, old) },
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

interface Renaming {
  readonly from: string;
  readonly to: string;
  readonly onCollision: RenameOptions['onCollision'] | undefined;
}

/** The value goes back to where the old item had it; beside it, the value that lost a collision comes back. */
function renameBack(draft: Draft, { from, to, onCollision }: Renaming, old: Passage | undefined): void {
  const value = draft.get(to);
  if (value === undefined) return;
  if (draft.has(from)) throw collisionBack(from, to);
  const oldFrom = old && attributeOf(old.before, from);
  const oldTo = old && attributeOf(old.before, to);
  const stays = oldTo !== undefined && (oldFrom === undefined || onCollision === 'keep');
  if (stays) {
    if (oldFrom !== undefined) draft.set(from, oldFrom);
    return;
  }
  draft.set(from, value);
  if (oldTo === undefined) draft.remove(to);
  else draft.set(to, oldTo);
}

function collisionBack(from: string, to: string): MigrateError {
  return new MigrateError(
    'ATTRIBUTE_COLLISION',
    `\`rename ${from} → ${to}\`, taken back, would overwrite \`${from}\``,
    {
      fix: `the item in the new table has both: write a \`down\` that says which value stays`,
    },
  );
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
