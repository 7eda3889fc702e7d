import { extname } from 'node:path';
import { cached } from '../config/build-cache.js';
import type { Maker } from '../config/maker-identity.js';
import { resolveRelative } from '../config/source-files.js';
import { type CanonicalPart, canonicalParts, endingOf } from './canonical-parts.js';

const sources = ['canonical-parts', 'canonical-names', 'emitted-code'];
const maker: Maker = {
  files: sources.map((name) => new URL(`../migrator/${name}${extname(import.meta.url)}`, import.meta.url)),
  packages: ['typescript'],
};

/**
 * A text that two files share when they mean the same, see `canonicalParts`. `numberOf` gives the number that stands
 * for a relative import. Where the parts are known from before, TypeScript is not loaded; which files the imports lead
 * to is looked up each time.
 */
export function canonicalText(path: string, source: string, numberOf: (file: string) => number): string {
  if (path.endsWith('.json')) return JSON.stringify(JSON.parse(source));
  const made = cached({
    path,
    maker,
    inputs: ['canonical parts', endingOf(path), source],
    make: () => JSON.stringify(canonicalParts(path, source)),
  });
  return (JSON.parse(made) as CanonicalPart[]).map((part) => textOf(part, path, numberOf)).join('');
}

function textOf(part: CanonicalPart, importer: string, numberOf: (file: string) => number): string {
  if (typeof part === 'string') return part;
  const file = resolveRelative(importer, part.specifier);
  return file === undefined ? part.otherwise : ` import ${numberOf(file)}`;
}
