/** What `up` starts an execution with. */
export interface BackfillExecution {
  /** The migration's id, and its run: an execution of an earlier run ends without doing anything. */
  readonly id: string;
  readonly run: number;
  /** The numbers of the segments. */
  readonly segments: readonly number[];
}

/** AWS: CreateStateMachine allows 80 characters. */
const nameLength = 80;

/**
 * The name of the state machine of a move, by which `up` finds it: letters, digits, `-` and `_` of the meta table's name
 * and the id, `-backfill` at its end.
 */
export function stateMachineName({ metaTable, id }: { readonly metaTable: string; readonly id: string }): string {
  const suffix = '-backfill';
  const name = `${metaTable}-${id}`.replace(/[^A-Za-z0-9_-]/g, '-');
  if (name.length + suffix.length <= nameLength) return `${name}${suffix}`;
  // Cut, two long names could be one.
  const hash = `-${hashOf(`${metaTable} ${id}`)}`;
  return `${name.slice(0, nameLength - suffix.length - hash.length)}${hash}${suffix}`;
}

/** FNV-1a: short, the same everywhere, and nobody's secret. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
