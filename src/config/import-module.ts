import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isTypeScript, moduleKindOf } from './module-kind.js';
import { registerTypeScript } from './register-typescript.js';
import { withoutLoaderWarnings } from './without-loader-warnings.js';

/** What a file exports by default; wrapped, because a promise would be awaited on its way out of a function. */
export interface ImportedModule {
  /** `undefined` if there is no default export. */
  readonly exported: unknown;
}

/**
 * The default export of the file at the absolute `path`: TypeScript or JavaScript, ES module or CommonJS.
 * Whatever the file throws is thrown; see `describeLoadError` for telling it to a person.
 *
 * TypeScript and ts-node are loaded when the first TypeScript file is met.
 */
export async function importModule(path: string): Promise<ImportedModule> {
  return withoutLoaderWarnings(async () => {
    if (isTypeScript(path)) registerTypeScript();
    if (isTypeScript(path) && moduleKindOf(path) === 'commonjs') {
      const exports: unknown = createRequire(path)(path);
      return { exported: isTranspiled(exports) ? exports.default : exports };
    }
    const namespace: { default?: unknown } = await import(pathToFileURL(path).href);
    return { exported: isTranspiled(namespace.default) ? namespace.default.default : namespace.default };
  });
}

/** Whether these are the exports of an ES module that a compiler turned into CommonJS. */
function isTranspiled(exports: unknown): exports is { default?: unknown } {
  return typeof exports === 'object' && exports !== null && '__esModule' in exports && exports.__esModule === true;
}
