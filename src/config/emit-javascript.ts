import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CreateOptions, Service } from 'ts-node';
import { syntaxErrorIn } from './syntax-error.js';

const require = createRequire(import.meta.url);
let service: Service | undefined;

/**
 * What ts-node makes of a TypeScript file: JavaScript with an inline source map. Loads TypeScript and ts-node.
 *
 * Throws a SyntaxError that names file, line and column where the file does not parse.
 */
export function emitJavaScript(path: string, source: string): string {
  try {
    return compiler().compile(source, path);
  } catch (error) {
    throw syntaxErrorIn(path, source) ?? error;
  }
}

function compiler(): Service {
  if (service) return service;
  const tsNode = require('ts-node') as typeof import('ts-node');
  const options: CreateOptions = {
    cwd: dirname(fileURLToPath(import.meta.url)),
    // Our own TypeScript, by absolute path: ts-node 10 crashes on TypeScript 7, which the user's project may have.
    compiler: require.resolve('typescript'),
    transpileOnly: true,
    skipProject: true,
    pretty: false,
    compilerOptions: {
      // NodeNext decides per file, and keeps import() in CommonJS files, where it is the way to ES modules.
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      target: 'ES2022',
      esModuleInterop: true,
      resolveJsonModule: true,
      sourceMap: true,
      inlineSources: true,
    },
  };
  service = withoutVariables(tsNode, () => tsNode.create(options));
  // ts-node has its own stack traces, which know only what this thread compiled. Node's own know every source map.
  const fromTsNode = createRequire(require.resolve('ts-node'));
  (fromTsNode('@cspotcode/source-map-support') as { uninstall(): void }).uninstall();
  return service;
}

/**
 * Runs `create` with ts-node deaf to `TS_NODE_*`: those would make a file mean something else in another shell, as a
 * tsconfig.json would, and what was made in one would be kept for all.
 */
function withoutVariables<Result>(tsNode: object, create: () => Result): Result {
  const { DEFAULTS } = tsNode as { readonly DEFAULTS: Record<string, unknown> };
  const { tsTrace: _trace, ...given } = DEFAULTS;
  for (const name of Object.keys(given)) DEFAULTS[name] = undefined;
  try {
    return create();
  } finally {
    Object.assign(DEFAULTS, given);
  }
}
