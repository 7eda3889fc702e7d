import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const project = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A temporary copy of this package as JavaScript, for child processes: hooks of the module loader do not act in
 * vitest as they do in Node. Not `dist/`, which may be older than the source. Returns its folder.
 */
export function transpileSource(): string {
  const root = mkdtempSync(join(tmpdir(), 'dynamigrate-'));
  cpSync(join(project, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  for (const name of readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.d.ts')) continue;
    const target = join(root, 'dist', name.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    const source = readFileSync(join(project, 'src', name), 'utf8');
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    };
    writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText);
  }
  return root;
}
