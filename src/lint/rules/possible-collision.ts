import type { MoveMigration } from '../../definition/define-move.js';
import type { Transform } from '../../transform/transform.js';
import { positionOf } from '../operation-position.js';
import type { LintSubject, RuleFinding } from './rule.js';

/** Two values for one attribute, or two items for one key, as far as it shows without items. */
export function possibleCollision({ file: { definition }, source, tables }: LintSubject): RuleFinding[] {
  if (definition.kind === 'steps') return [];
  const ontoOthers = renamedOnto(definition.up).map(
    ({ operation, attribute }): RuleFinding => ({
      code: 'possible-collision',
      message: `\`${operation.description}\` meets the \`${attribute}\` that an operation before it has set`,
      at: positionOf(operation, source),
      fix: 'rename first and `add` after it, or say which value stays: `{ onCollision: … }`',
    }),
  );
  const known = tables.get(definition.kind === 'move' ? definition.from.name : '')?.keys ?? new Set<string>();
  const last = definition.up.operations.at(-1);
  if (definition.kind !== 'move' || !last || !definition.rekeyed || isUnique(definition, known)) return ontoOthers;
  return [
    ...ontoOthers,
    {
      code: 'possible-collision',
      message: `\`${last.description}\`: nothing says that two items never have the same new key`,
      at: positionOf(last, source),
      fix: 'put what was the key into the new one, as its sort key say; or count duplicates with `migrate plan`, then allow it with the reason',
    },
  ];
}

/** A `rename` or `nest` whose new attribute an earlier operation writes, so that every item has both. */
function renamedOnto({ operations }: Transform) {
  const written = new Set<string>();
  const found: { operation: Transform['operations'][number]; attribute: string }[] = [];
  for (const operation of operations) {
    const { kind, touches, removes, inverse } = operation;
    const attribute = touches.find((name) => written.has(name) && !removes.includes(name));
    const refusesBoth = (kind === 'rename' && 'operation' in inverse) || kind === 'nest';
    if (refusesBoth && attribute !== undefined) found.push({ operation, attribute });
    for (const name of touches) written.add(name);
    for (const name of removes) written.delete(name);
  }
  return found;
}

/** Whether every attribute that keeps the old key is in the new one: then different items have different keys. */
function isUnique({ rekeyed, from }: MoveMigration, known: ReadonlySet<string>): boolean {
  const keys = [...new Set([from.partitionKey, from.sortKey, ...known])].filter((name) => name !== undefined);
  const isInKey = (name: string) => rekeyed?.partitionKey.name === name || rekeyed?.sortKey?.name === name;
  return keys.length > 0 && keys.every((name) => isInKey(rekeyed?.source[name] ?? name));
}
