import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A TypeScript compiler that can be run as a process. */
export interface Compiler {
  /** `TypeScript 7.0.2 of the project`. */
  readonly name: string;
  /** The script behind its `tsc`. */
  readonly tsc: string;
}

/**
 * The compiler that the project in `directory` has installed, whatever its version, else ours. It is run as a process:
 * TypeScript 7 has no API that the others share.
 */
export function findCompiler(directory: string): Compiler {
  const own = compilerAt(createRequire(join(directory, 'none.js')), 'of the project');
  const found = own ?? compilerAt(createRequire(import.meta.url), 'of dynamigrate');
  if (!found) throw new Error('unreachable: TypeScript is a dependency of this package');
  return found;
}

function compilerAt(require: NodeJS.Require, whose: string): Compiler | undefined {
  try {
    const path = require.resolve('typescript/package.json');
    const { version, bin } = JSON.parse(readFileSync(path, 'utf8')) as { version: string; bin: { tsc: string } };
    return { name: `TypeScript ${version} ${whose}`, tsc: join(dirname(path), bin.tsc) };
  } catch {
    return undefined;
  }
}
