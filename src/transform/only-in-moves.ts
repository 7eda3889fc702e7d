import type { InPlaceProblem } from './operation.js';

/** Why an operation of moves cannot rewrite items where they are, and what to do in place of it. */
export function onlyInMoves(otherwise: string): InPlaceProblem {
  return {
    problem: 'is for moves only',
    fix: `to write other items into another table, give \`from\` and \`to\` instead of \`table\`; ${otherwise}`,
  };
}
