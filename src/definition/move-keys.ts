import type { TargetKey } from '../transform/target-key.js';
import type { Transform } from '../transform/transform.js';
import type { MoveTable } from './define-move.js';
import { invalid } from './definition-checks.js';

/**
 * Checks what a move does with the declared keys of its tables. Without `rekey` or `split` the target has the key of the
 * source; with them, the key of the source has to stay in the items.
 *
 * @throws MigrateError `MIGRATION_INVALID`.
 */
export function assertMoveKeys(up: Transform, rekeyed: TargetKey | undefined, from: MoveTable, to: MoveTable): void {
  if (rekeyed === undefined) {
    assertSameKeys(from, to);
    // The two declare the same keys, if both declare any.
    assertKeysUntouched(up, from.partitionKey === undefined ? to : from);
  } else {
    assertDeclared(rekeyed, to);
    assertKeysKept(up, rekeyed, from);
  }
}

function assertSameKeys(from: MoveTable, to: MoveTable): void {
  if (from.partitionKey === undefined || to.partitionKey === undefined) return;
  if (from.partitionKey === to.partitionKey && from.sortKey === to.sortKey) return;
  throw invalid(
    `\`to\` has the key ${describeKeys(to)}, \`from\` has ${describeKeys(from)}`,
    'give both tables the same key, or end `up` with `rekey`, which says what the new key is',
  );
}

function assertKeysUntouched(up: Transform, { partitionKey, sortKey }: MoveTable): void {
  for (const name of [partitionKey, sortKey]) {
    const operation = up.operations.find(({ touches }) => name !== undefined && touches.includes(name));
    if (operation === undefined) continue;
    throw invalid(
      `\`${operation.description}\` in \`up\` changes \`${name}\`, a key attribute`,
      'leave the attribute as it is, or end `up` with `rekey`, which says what the new key is',
    );
  }
}

function assertDeclared(rekeyed: TargetKey, to: MoveTable): void {
  const { partitionKey, sortKey } = rekeyed;
  if (to.partitionKey === undefined) return;
  if (to.partitionKey === partitionKey.name && to.sortKey === sortKey?.name) return;
  const said = sortKey === undefined ? { partitionKey: partitionKey.name } : namesOf(partitionKey.name, sortKey.name);
  throw invalid(
    `\`to\` has the key ${describeKeys(to)}, \`up\` ends with items that have ${describeKeys(said)}`,
    'let `to` and the last operation of `up` name the same key, or leave the keys of `to` out',
  );
}

function assertKeysKept(up: Transform, { source }: TargetKey, { partitionKey, sortKey }: MoveTable): void {
  if (partitionKey === undefined) return;
  const names = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  const unknown = Object.keys(source).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid(
      `\`source\` names \`${unknown}\`, which is not a key of \`from\``,
      `name its keys: ${names.map((name) => `\`${name}\``).join(', ')}`,
    );
  }
  for (const name of names) assertKept(up, name, source[name] ?? name);
}

/** Refuses only what shows without an item. What a `map` or a `split` returns, shows when it runs. */
function assertKept(up: Transform, key: string, kept: string): void {
  const last = up.operations.findLast(({ kind, touches }) => kind === 'map' || touches.includes(kept));
  if (last === undefined || !last.removes.includes(kept)) return;
  throw invalid(
    `\`${last.description}\` in \`up\` removes \`${kept}\`, in which the target items have to keep the key \`${key}\` of the source`,
    `say in which attribute it is: \`source: { ${key}: '…' }\`, or let \`${kept}\` stay`,
  );
}

function namesOf(partitionKey: string, sortKey: string): MoveTable {
  return { name: '', partitionKey, sortKey };
}

function describeKeys({ partitionKey, sortKey }: Pick<MoveTable, 'partitionKey' | 'sortKey'>): string {
  return sortKey === undefined ? `\`${partitionKey}\`` : `\`${partitionKey}\` and \`${sortKey}\``;
}
