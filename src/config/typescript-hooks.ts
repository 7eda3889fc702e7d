import { fileURLToPath } from 'node:url';
import { compileTypeScript } from './compile-typescript.js';
import { isTypeScript, moduleKindOf } from './module-kind.js';
import { typescriptSibling } from './typescript-sibling.js';

// Both hooks answer at once or hand on what `next` gives, so they serve module.registerHooks (synchronous, this
// thread) and module.register (asynchronous, a thread of its own) alike.

/** Module hook: `./x.js` in a source file means `./x.ts` where only that exists. */
export function resolve<Context extends { parentURL?: string | undefined }, Result>(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Result,
): Result {
  const path = /^(\.{0,2}\/|file:)/.test(specifier) ? toPath(specifier, context.parentURL) : undefined;
  const sibling = path && !path.includes('/node_modules/') ? typescriptSibling(path) : undefined;
  // The specifier keeps its form: `require` passes through here too where hooks are synchronous, and takes no URLs.
  return next(sibling ? specifier.replace(/js$/, 'ts') : specifier, context);
}

/** Module hook: compiles TypeScript files outside node_modules; leaves the rest to Node. */
export function load<Context, Result>(
  url: string,
  context: Context,
  next: (url: string, context: Context) => Result,
): Result | { format: string; source: string | null; shortCircuit: true } {
  const path = toPath(url, undefined);
  if (!path || !isTypeScript(path) || path.includes('/node_modules/')) return next(url, context);
  // Without a source, Node takes a CommonJS file through require, and so through our handler of the extension.
  if (moduleKindOf(path) === 'commonjs') return { format: 'commonjs', source: null, shortCircuit: true };
  return { format: 'module', source: compileTypeScript(path), shortCircuit: true };
}

function toPath(specifier: string, parentUrl: string | undefined): string | undefined {
  const url = URL.canParse(specifier, parentUrl) ? new URL(specifier, parentUrl) : undefined;
  return url?.protocol === 'file:' ? fileURLToPath(url) : undefined;
}
