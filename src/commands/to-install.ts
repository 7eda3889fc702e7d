import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NextStep } from './report.js';

/** What to type for the packages that a project does not have; nothing where it has all of them. */
export function toInstall(packages: readonly string[], cwd: string): NextStep[] {
  const { resolve } = createRequire(join(cwd, 'package.json'));
  const missing = packages.filter((name) => {
    try {
      // Not every package may be required, but every one of these can be asked for this.
      resolve(`${name}/package.json`);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return [];
  return [{ why: 'install what is missing', command: `npm install --save-dev ${missing.join(' ')}` }];
}
