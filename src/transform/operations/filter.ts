import { MigrateError } from '../../errors.js';
import { askItem } from '../ask-item.js';
import { found } from '../found.js';
import { onlyInMoves } from '../only-in-moves.js';
import type { SpreadOperation } from '../operation.js';

/** Keeps the items for which a function is true. The others have no target item. Only in moves. */
export function filter(keep: (item: never) => unknown): SpreadOperation {
  if (typeof keep !== 'function') {
    throw new MigrateError('MIGRATION_INVALID', `\`filter\` was given ${found(keep)} for its function`, {
      fix: "give a function that is true for the items to keep: `filter((item) => item.type === 'USER')`",
    });
  }
  const description = keep.name === '' ? 'filter' : `filter ${keep.name}`;
  return {
    kind: 'filter',
    description,
    touches: [],
    removes: [],
    inPlaceProblem: onlyInMoves('in place, `where` selects items'),
    inverse: { none: 'leaves items out, which a way back would not find' },
    restore: { put: () => {} },
    spread: (draft) => (askItem(description, draft, keep) ? [draft.toItem()] : []),
  };
}
