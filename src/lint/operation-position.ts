import type { Operation } from '../transform/operation.js';
import type { Position } from './finding.js';
import { methodCalls, type ParsedFile } from './source-facts.js';

/** Where a file calls the method that made an operation; the beginning of the file if it does not tell. */
export function positionOf({ kind, description }: Operation, source: ParsedFile): Position {
  const calls = methodCalls(source).filter(({ method }) => method === kind);
  const named = calls.find(({ args }) => {
    const names = args.flat().filter((arg) => typeof arg === 'string');
    return names.length > 0 && names.every((name) => description.includes(name));
  });
  return (named ?? calls[0])?.at ?? { line: 1, column: 1 };
}
