import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const endings = ['', '.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

/** The file at `path` and every file that it reaches by relative imports, each once, the nearest first. */
export function sourceFiles(path: string): string[] {
  const ts = require('typescript') as typeof import('typescript');
  const found = new Set([path]);
  // A Set goes on to the entries that are added while it is walked.
  for (const file of found) {
    if (!/\.[cm]?[jt]s$/.test(file)) continue;
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
      const target = resolveRelative(file, fileName);
      if (target !== undefined) found.add(target);
    }
  }
  return [...found];
}

/** The file that a relative import means; a JavaScript name may mean its TypeScript file. `undefined`: none. */
export function resolveRelative(importer: string, specifier: string): string | undefined {
  if (!/^\.{1,2}(\/|$)/.test(specifier)) return undefined;
  const base = resolve(dirname(importer), specifier);
  const candidates = endings.map((ending) => base + ending);
  // `./x.js` in a source file is `./x.ts`.
  candidates.splice(1, 0, base.replace(/js$/, 'ts'));
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
}
