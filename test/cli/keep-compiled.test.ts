import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keepCompiled } from '../../src/cli/keep-compiled.js';

const root = mkdtempSync(join(tmpdir(), 'compiled-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function foldersFor(directory: string): string[] {
  const folders: string[] = [];
  keepCompiled(directory, { enableCompileCache: (folder) => folders.push(folder) });
  return folders;
}

test('it is kept beside what was made of the project, in a folder of our own', () => {
  const project = join(root, 'own');
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  const compiled = join(project, 'node_modules/.cache/dynamigrate/compiled');
  expect(foldersFor(project)).toEqual([compiled]);

  chmodSync(compiled, 0o777);
  expect(foldersFor(project)).toEqual([]);
});

test('nowhere without such a folder, nor where Node has no such cache', () => {
  expect(foldersFor(join(root, 'none'))).toEqual([]);
  expect(() => keepCompiled(root, {})).not.toThrow();
});
