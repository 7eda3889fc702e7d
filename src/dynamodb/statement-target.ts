/** What a PartiQL statement does to which table, as far as that can be read from its text. */
export interface StatementTarget {
  /** The name of the table, or its ARN's. */
  readonly tableName: string | undefined;
  readonly isRead: boolean;
}

/** Values stand beside a statement, not in it, so a run has a few texts, and asks for each item. */
const known = new Map<string, StatementTarget>();
const mostKnown = 100;

export function statementTarget(text: string): StatementTarget {
  const before = known.get(text);
  if (before) return before;
  const [, tableName] = /\b(?:UPDATE|INTO|FROM)\s+"?([\w.-]+)/i.exec(text) ?? [];
  const target = { tableName, isRead: /^\s*(?:SELECT|EXISTS)\b/i.test(text) };
  if (known.size === mostKnown) known.clear();
  known.set(text, target);
  return target;
}
