import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** How Node loads a file: by its extension, and for `.ts` and `.js` by the `type` of the nearest package.json. */
export function moduleKindOf(path: string): 'module' | 'commonjs' {
  const extension = extname(path);
  if (extension === '.mts' || extension === '.mjs') return 'module';
  if (extension === '.cts' || extension === '.cjs') return 'commonjs';
  return nearestPackageType(dirname(path)) === 'module' ? 'module' : 'commonjs';
}

/** Whether `path` has to be compiled before Node can load it. */
export function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path) && !/\.d\.[cm]?ts$/.test(path);
}

function nearestPackageType(directory: string): unknown {
  const text = readIfThere(join(directory, 'package.json'));
  if (text !== undefined) return typeOf(text);
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestPackageType(parent);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function typeOf(packageJson: string): unknown {
  try {
    return (JSON.parse(packageJson) as { type?: unknown } | null)?.type;
  } catch {
    // Node reports a broken package.json itself, and better than a guess here could.
    return undefined;
  }
}
