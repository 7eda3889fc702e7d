import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A user's project in a temporary folder, with TypeScript 7 (which has no API) and an ES-module `dynamigrate`. */
export function fixtureProject(packageJson: object, files: Record<string, string>): string {
  // The real path: Node resolves symlinks (macOS has one at /tmp), and so would the paths in messages be.
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
  const all = {
    'package.json': JSON.stringify(packageJson),
    'node_modules/typescript/package.json': '{"name":"typescript","version":"7.0.2","main":"main.js"}',
    'node_modules/typescript/main.js': "throw new Error('TypeScript 7 was loaded');",
    'node_modules/dynamigrate/package.json': '{"name":"dynamigrate","type":"module","exports":"./index.js"}',
    'node_modules/dynamigrate/index.js': 'export const defineMigration = (given) => ({ defined: true, ...given });',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}
