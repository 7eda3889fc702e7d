import { MigrateError } from '../../errors.js';
import { attributeOf, setOwn } from '../../item/attribute.js';
import type { AttributeValue } from '../../item/attribute-value.js';
import { assertName, assertNames, assertOutside } from '../assert-arguments.js';
import type { ItemOperation } from '../operation.js';
import { unnest } from './unnest.js';

/** Moves attributes into a new map. Only those that an item has; an item with none of them gets no map. */
export function nest(names: readonly string[], into: string): ItemOperation {
  assertNames('nest', names);
  assertName('nest', into);
  assertOutside('nest', names, into);
  const description = `nest ${names.join(' + ')} → ${into}`;
  return {
    kind: 'nest',
    description,
    touches: [...names, into],
    removes: names,
    inPlaceProblem: undefined,
    inverse: { operation: () => unnest(into, names) },
    restore: {
      put(draft, old) {
        // The old item had the map itself, and nothing to move into it.
        if (old !== undefined && attributeOf(old.before, into) !== undefined) return;
        // Nor does `nest` make these; they were written since.
        const map = draft.get(into);
        if (map === undefined || !('M' in map) || Object.keys(map.M).length === 0) return;
        unnest(into, names).apply(draft);
      },
    },
    apply(draft) {
      const members: Record<string, AttributeValue> = {};
      for (const name of names) {
        const value = draft.get(name);
        if (value !== undefined) setOwn(members, name, value);
      }
      const occupied = draft.has(into);
      const moved = Object.keys(members);
      if (moved.length === 0) return;
      if (occupied) throw collision(description, into, moved);
      for (const name of moved) draft.remove(name);
      draft.set(into, { M: members });
    },
  };
}

function collision(description: string, into: string, moved: readonly string[]): MigrateError {
  const names = moved.map((name) => `\`${name}\``).join(', ');
  return new MigrateError(
    'ATTRIBUTE_COLLISION',
    `\`${description}\`: the item has \`${into}\` already, beside ${names}`,
    {
      fix: `nest into another name, or \`rename\` or \`remove\` \`${into}\` first`,
    },
  );
}
