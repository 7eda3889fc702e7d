/** What must be true of the stored row for a write to happen. */
export type Guard =
  | { readonly kind: 'absent' }
  /** Each attribute has this very value; `undefined` means that the attribute must not be there. */
  | { readonly kind: 'equals'; readonly attributes: Readonly<Record<string, string | number | undefined>> }
  /**
   * Nobody with a higher token has written the row, and neither has a later write of the same lease: a request
   * that was given up and lands late must not undo what came after it.
   */
  | { readonly kind: 'fence'; readonly token: number; readonly write: number; readonly mustExist: boolean };

/** A condition with its names and values, ready for a request. */
export interface Condition {
  readonly expression: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** Writes a guard as a DynamoDB condition expression. */
export function conditionOf(guard: Guard): Condition {
  switch (guard.kind) {
    case 'absent':
      return { expression: 'attribute_not_exists(#gpk)', names: { '#gpk': 'pk' }, values: {} };
    case 'equals':
      return equals(Object.entries(guard.attributes));
    case 'fence': {
      const ours = '#gtoken < :gtoken OR (#gtoken = :gtoken AND #gwrite < :gwrite)';
      return {
        // A row without a token is one that nobody has fenced yet: written by hand, say.
        expression: guard.mustExist
          ? `attribute_exists(#gpk) AND (attribute_not_exists(#gtoken) OR ${ours})`
          : `attribute_not_exists(#gtoken) OR ${ours}`,
        names: { '#gtoken': 'token', '#gwrite': 'write', ...(guard.mustExist && { '#gpk': 'pk' }) },
        values: { ':gtoken': guard.token, ':gwrite': guard.write },
      };
    }
  }
}

function equals(attributes: [string, string | number | undefined][]): Condition {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const terms = attributes.map(([name, value], index) => {
    names[`#g${index}`] = name;
    if (value === undefined) return `attribute_not_exists(#g${index})`;
    values[`:g${index}`] = value;
    return `#g${index} = :g${index}`;
  });
  return { expression: terms.join(' AND '), names, values };
}
