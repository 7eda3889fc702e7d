import { onlyInMoves } from '../only-in-moves.js';
import type { ItemOperation } from '../operation.js';
import { assertTargetKey, describeTargetKey, targetKey } from '../target-key.js';

/** Makes other attributes the key. The item stays as it is. Only in moves, as the last operation. */
export function rekey(options: unknown): ItemOperation {
  const key = targetKey('rekey', options);
  const description = `rekey ${describeTargetKey(key)}`;
  return {
    kind: 'rekey',
    description,
    touches: [],
    removes: [],
    inPlaceProblem: onlyInMoves('the key of an item cannot change in place'),
    inverse: { none: 'changes the key' },
    restore: { none: 'changes the key, and a move that does cannot be followed backwards' },
    targetKey: key,
    apply: (draft) => assertTargetKey(description, key, draft.toItem()),
  };
}
