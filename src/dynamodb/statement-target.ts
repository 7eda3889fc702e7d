/** What a PartiQL statement does to which table, as far as that can be read from its text. */
export interface StatementTarget {
  /** The name of the table, or its ARN's. */
  readonly tableName: string | undefined;
  readonly isRead: boolean;
}

/**
 * Values stand beside a statement, not in it, so a run has a few texts, and asks for each item: mostly for the one before
 * once more. Two texts are compared in a fraction of the time that a map takes to find one, which hashes it.
 */
const known = new Map<string, StatementTarget>();
const mostKnown = 100;
let last: { readonly text: string; readonly target: StatementTarget } | undefined;

export function statementTarget(text: string): StatementTarget {
  if (last?.text === text) return last.target;
  const target = known.get(text) ?? read(text);
  last = { text, target };
  return target;
}

function read(text: string): StatementTarget {
  const [, tableName] = /\b(?:UPDATE|INTO|FROM)\s+"?([\w.-]+)/i.exec(text) ?? [];
  const target = { tableName, isRead: /^\s*(?:SELECT|EXISTS)\b/i.test(text) };
  if (known.size === mostKnown) known.clear();
  known.set(text, target);
  return target;
}
