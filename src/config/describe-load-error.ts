import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.js';
import { sourceFiles } from './source-files.js';
import { syntaxErrorIn } from './syntax-error.js';

/**
 * One line for what was thrown while the file at `path` was loaded: the position in the source, then the message.
 * Positions are relative to `directory`.
 */
export function describeLoadError(error: unknown, path: string, directory: string): string {
  if (error instanceof SyntaxError) {
    // Node's own message has no file for an ES module, and never a column.
    const found = firstSyntaxError(path);
    if (found) return found.message.replace(`${directory}/`, '');
  }
  // Node appends a `Require stack:`, which is about us rather than about the file.
  const [message = ''] = messageOf(error).split('\n');
  const position = error instanceof Error ? positionOf(error) : undefined;
  return position ? `${relative(directory, position.file)}:${position.line}:${position.column}: ${message}` : message;
}

function firstSyntaxError(path: string): SyntaxError | undefined {
  for (const file of sourceFiles(path)) {
    const error = file.endsWith('.json') ? undefined : syntaxErrorIn(file, readFileSync(file, 'utf8'));
    if (error) return error;
  }
  return undefined;
}

/** `at f (/x.ts:1:2)`, `at file:///x.ts:1:2`; not `at f (node:internal/…)`. */
const framePattern = /^\s+at (?:.*\(|async )?((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/;

/** The innermost frame that is neither Node's nor of a package. */
function positionOf(error: Error): { file: string; line: string; column: string } | undefined {
  for (const frame of error.stack?.split('\n') ?? []) {
    const [, place, line, column] = framePattern.exec(frame) ?? [];
    if (!place || !line || !column || place.includes('/node_modules/') || isOurs(place)) continue;
    return { file: place.startsWith('file:') ? fileURLToPath(place) : place, line, column };
  }
  return undefined;
}

const ours = fileURLToPath(new URL('..', import.meta.url));

function isOurs(place: string): boolean {
  // Compiled frames are mapped back to src/ next to dist/.
  return place.includes(ours) || place.includes(ours.replace(/dist(.)$/, 'src$1'));
}
