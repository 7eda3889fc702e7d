import { MigrateError } from '../../errors.js';
import { attributeOf, setOwn } from '../../item/attribute.js';
import type { AttributeValue } from '../../item/attribute-value.js';
import { assertName, assertNames, assertOutside } from '../assert-arguments.js';
import type { Draft } from '../draft.js';
import type { ItemOperation, Passage } from '../operation.js';

/** Moves members of a map to the top level. Other members stay in the map; an empty map is removed. */
export function unnest(from: string, names: readonly string[]): ItemOperation {
  assertName('unnest', from);
  assertNames('unnest', names);
  assertOutside('unnest', names, from);
  const description = `unnest ${from} → ${names.join(' + ')}`;
  return {
    kind: 'unnest',
    description,
    touches: [from, ...names],
    removes: [],
    inPlaceProblem: undefined,
    // `nest` would not do: it collides with a map that kept other members, and it cannot bring back an empty one.
    inverse: { none: 'does not record which items had an empty map, or a map with other members as well' },
    restore: { put: (draft, old) => nestBack(draft, { description, from, names }, old) },
    apply(draft) {
      const map = draft.get(from);
      const present = names.filter((name) => draft.has(name));
      if (map === undefined) return;
      if (!('M' in map)) throw notMap(description, from, map);
      const moved = names.filter((name) => Object.hasOwn(map.M, name));
      const clash = moved.find((name) => present.includes(name));
      if (clash !== undefined) throw collision(description, clash, from);
      for (const name of moved) {
        const value = attributeOf(map.M, name);
        if (value !== undefined) draft.set(name, value);
      }
      const rest = Object.entries(map.M).filter(([name]) => !moved.includes(name));
      if (rest.length === 0) draft.remove(from);
      else if (moved.length > 0) draft.set(from, { M: asMap(rest) });
    },
  };
}

interface Unnesting {
  readonly description: string;
  readonly from: string;
  readonly names: readonly string[];
}

/** What was a member goes back into the map, beside what is in it. */
function nestBack(draft: Draft, { description, from, names }: Unnesting, old: Passage | undefined): void {
  const oldMap = old && attributeOf(old.before, from);
  const map = draft.get(from);
  // What the old item had at the top level did not come out of the map.
  const moved = names.filter((name) => draft.has(name) && !(old && attributeOf(old.before, name) !== undefined));
  if (moved.length === 0) {
    const wasEmpty = oldMap !== undefined && 'M' in oldMap && Object.keys(oldMap.M).length === 0;
    if (map === undefined && wasEmpty) draft.set(from, oldMap);
    return;
  }
  if (map !== undefined && !('M' in map)) throw notMap(`${description}, taken back,`, from, map);
  const members = Object.entries(map?.M ?? {});
  const clash = members.find(([name]) => moved.includes(name))?.[0];
  if (clash !== undefined) throw collision(`${description}, taken back,`, clash, from);
  for (const name of moved) {
    const value = draft.get(name);
    if (value !== undefined) members.push([name, value]);
    draft.remove(name);
  }
  draft.set(from, { M: asMap(members) });
}

function asMap(entries: readonly (readonly [string, AttributeValue])[]): Record<string, AttributeValue> {
  const map: Record<string, AttributeValue> = {};
  for (const [name, value] of entries) setOwn(map, name, value);
  return map;
}

function notMap(description: string, from: string, found: AttributeValue): MigrateError {
  return new MigrateError('ITEM_INVALID', `\`${description}\`: \`${from}\` is not a map but ${Object.keys(found)[0]}`, {
    fix: `\`convert\` it into a map first, or limit the migration to other items with \`where\``,
  });
}

function collision(description: string, name: string, from: string): MigrateError {
  return new MigrateError(
    'ATTRIBUTE_COLLISION',
    `\`${description}\` would overwrite \`${name}\`: the item has it both at the top level and in \`${from}\``,
    { fix: `\`rename\` or \`remove\` the top-level \`${name}\` first` },
  );
}
