import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { cached } from './build-cache.js';
import { emitJavaScript } from './emit-javascript.js';
import type { Maker } from './maker-identity.js';
import { moduleKindOf } from './module-kind.js';

const maker: Maker = {
  files: ['compile-typescript', 'emit-javascript'].map(
    (name) => new URL(`../config/${name}${extname(import.meta.url)}`, import.meta.url),
  ),
  packages: ['typescript', 'ts-node'],
};

interface Emitted {
  readonly code: string;
  /** The source map, without what is known of the file: where it is, and what is in it. */
  readonly map: object;
}

/**
 * JavaScript for the TypeScript file at `path`, with an inline source map: CommonJS or an ES module, as Node
 * would load the file. TypeScript and ts-node are loaded for the first file that was not compiled before.
 *
 * Throws a SyntaxError that names file, line and column where the file does not parse.
 */
export function compileTypeScript(path: string): string {
  const source = readFileSync(path, 'utf8');
  const made = cached({
    path,
    maker,
    inputs: ['javascript', moduleKindOf(path), extname(path), source],
    make: () => JSON.stringify(withoutPlace(emitJavaScript(path, source))),
  });
  const { code, map } = JSON.parse(made) as Emitted;
  const placed = JSON.stringify({ ...map, file: path, sources: [path], sourcesContent: [source] });
  return `${code}${mapComment}${Buffer.from(placed).toString('base64')}`;
}

const mapComment = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

function withoutPlace(emitted: string): Emitted {
  const at = emitted.lastIndexOf(mapComment);
  if (at < 0) throw new Error('ts-node gave no source map');
  const text = Buffer.from(emitted.slice(at + mapComment.length), 'base64').toString('utf8');
  const {
    file: _file,
    sources: _sources,
    sourcesContent: _content,
    ...map
  } = JSON.parse(text) as Record<string, unknown>;
  return { code: emitted.slice(0, at), map };
}
