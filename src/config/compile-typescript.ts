import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Service } from 'ts-node';
import { syntaxErrorIn } from './syntax-error.js';

const require = createRequire(import.meta.url);
let service: Service | undefined;

/**
 * JavaScript for the TypeScript file at `path`, with an inline source map: CommonJS or an ES module, as Node
 * would load the file. TypeScript and ts-node are loaded on the first call.
 *
 * Throws a SyntaxError that names file, line and column where the file does not parse.
 */
export function compileTypeScript(path: string): string {
  const source = readFileSync(path, 'utf8');
  try {
    return compiler().compile(source, path);
  } catch (error) {
    throw syntaxErrorIn(path, source) ?? error;
  }
}

function compiler(): Service {
  if (service) return service;
  service = (require('ts-node') as typeof import('ts-node')).create({
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
  });
  // ts-node has its own stack traces, which know only what this thread compiled. Node's own know every source map.
  const fromTsNode = createRequire(require.resolve('ts-node'));
  (fromTsNode('@cspotcode/source-map-support') as { uninstall(): void }).uninstall();
  return service;
}
