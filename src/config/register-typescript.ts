import { existsSync } from 'node:fs';
import Module from 'node:module';
import { dirname, resolve } from 'node:path';
import { compileTypeScript } from './compile-typescript.js';
import { isTypeScript } from './module-kind.js';
import * as hooks from './typescript-hooks.js';
import { typescriptSibling } from './typescript-sibling.js';

/** The parts of Node's module loader that have no types, or are newer than the types of Node 20. */
interface ModuleInternals {
  _extensions: Record<string, (module: { _compile(code: string, path: string): void }, path: string) => void>;
  _resolveFilename(request: string, parent: { filename?: string } | undefined, ...rest: unknown[]): string;
  registerHooks?: (hooks: unknown) => void;
}

let registered = false;

/**
 * Teaches this process to load TypeScript, by `require` and by `import`. Works once; later calls do nothing.
 *
 * ts-node compiles, but its own hooks are not used: they carry copies of Node 16's resolvers, which refuse
 * import attributes and `require` of ES modules, and on Node >= 22.18 they compile what Node has stripped already.
 */
export function registerTypeScript(): void {
  if (registered) return;
  registered = true;
  const internals = Module as unknown as ModuleInternals;
  registerRequire(internals);
  registerImport(internals);
  process.setSourceMapsEnabled(true);
}

function registerImport(internals: ModuleInternals): void {
  if (internals.registerHooks) {
    internals.registerHooks(hooks);
    return;
  }
  const url = new URL('../config/typescript-hooks.js', import.meta.url);
  // The thread of the hooks needs a JavaScript file. Run from source, there is none, but then a loader of TypeScript
  // is at work already.
  if (existsSync(url)) Module.register(url);
}

function registerRequire(internals: ModuleInternals): void {
  for (const extension of ['.ts', '.cts']) {
    internals._extensions[extension] = (module, path) => module._compile(compileTypeScript(path), path);
  }
  const resolveFilename = internals._resolveFilename;
  internals._resolveFilename = function (request, parent, ...rest) {
    const importer = parent?.filename;
    const sibling =
      importer && isTypeScript(importer) && /^\.{1,2}\//.test(request)
        ? typescriptSibling(resolve(dirname(importer), request))
        : undefined;
    return resolveFilename.call(this, sibling ?? request, parent, ...rest);
  };
}
