import { existsSync } from 'node:fs';

/**
 * The TypeScript file that an import of a JavaScript path means: `x.js` is `x.ts` where only that exists, as
 * TypeScript itself resolves it. `undefined` if the path exists as it is, or has no such sibling.
 */
export function typescriptSibling(path: string): string | undefined {
  if (!/\.[cm]?js$/.test(path) || existsSync(path)) return undefined;
  const sibling = path.replace(/js$/, 'ts');
  return existsSync(sibling) ? sibling : undefined;
}
