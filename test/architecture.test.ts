import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import beside itself, `errors.ts` and `version.ts`; `types of` what is gone at run time. */
const folders: Record<string, { readonly uses: readonly string[]; readonly typesOf?: readonly string[] }> = {
  item: { uses: [] },
  transform: { uses: ['item'] },
  dynamodb: { uses: ['item'] },
  definition: { uses: ['item', 'transform'], typesOf: ['dynamodb'] },
  ledger: { uses: ['item'], typesOf: ['reconcile'] },
  reconcile: { uses: ['item', 'transform', 'dynamodb'] },
  backfill: { uses: ['item', 'transform', 'dynamodb', 'reconcile', 'ledger'] },
  'in-place': { uses: ['item', 'transform', 'dynamodb'], typesOf: ['ledger'] },
  config: { uses: [] },
  engine: { uses: [] },
  iam: { uses: [] },
  // `definition` is what a bundle needs of `dynamigrate` beside the handler.
  'sync-lambda': { uses: ['item', 'transform', 'dynamodb', 'definition', 'reconcile', 'ledger', 'backfill', 'iam'] },
  migrator: {
    uses: [
      'item',
      'transform',
      'dynamodb',
      'definition',
      'ledger',
      'reconcile',
      'backfill',
      'in-place',
      'config',
      'engine',
    ],
  },
  planning: {
    uses: ['item', 'transform', 'dynamodb', 'definition', 'ledger', 'reconcile', 'in-place', 'migrator'],
  },
  lint: { uses: ['item', 'transform', 'definition', 'config', 'migrator'] },
  commands: {
    uses: [
      'item',
      'dynamodb',
      'definition',
      'ledger',
      'in-place',
      'config',
      'iam',
      'migrator',
      'lint',
      'planning',
      'sync-lambda',
    ],
    typesOf: ['reconcile'],
  },
  testing: {
    uses: ['item', 'transform', 'dynamodb', 'definition', 'ledger', 'config', 'engine', 'migrator', 'commands'],
  },
  cli: { uses: ['commands', 'config', 'item'], typesOf: ['dynamodb', 'ledger', 'migrator', 'lint', 'planning'] },
};

/** Where each package may be imported: folders or files; `types of` it also elsewhere. */
const packages: Record<string, { readonly in: readonly string[]; readonly typesIn?: readonly string[] }> = {
  yargs: { in: ['cli/'] },
  'cli-progress': { in: ['cli/'] },
  'cli-table3': { in: ['cli/'] },
  umzug: { in: ['migrator/'] },
  'ts-node': { in: ['config/'] },
  typescript: { in: ['config/', 'lint/', 'migrator/canonical-', 'migrator/emitted-code.ts'] },
  zod: { in: ['config/'] },
  dynalite: { in: ['engine/'] },
  esbuild: { in: ['sync-lambda/'] },
  yaml: { in: ['sync-lambda/'] },
  fflate: { in: ['sync-lambda/'] },
  '@aws-sdk/client-lambda': { in: ['sync-lambda/'] },
  '@aws-sdk/client-cloudformation': { in: ['sync-lambda/'] },
  '@aws-sdk/client-s3': { in: ['sync-lambda/'] },
  '@aws-sdk/client-dynamodb': {
    in: ['dynamodb/', 'ledger/meta-table.ts', 'ledger/row-store.ts', 'testing/'],
    typesIn: [
      'ledger/resolve-table.ts',
      'definition/',
      'in-place/',
      'backfill/',
      'migrator/',
      'planning/',
      'reconcile/move-ports.ts',
      'sync-lambda/sync-parts.ts',
      'commands/templates/sample-table.ts',
    ],
  },
  '@aws-sdk/client-dynamodb-streams': { in: ['dynamodb/streams/'], typesIn: ['migrator/'] },
  '@aws-sdk/lib-dynamodb': { in: ['migrator/run-steps.ts'], typesIn: ['definition/'] },
  '@aws-sdk/util-dynamodb': { in: ['ledger/row-store.ts'] },
  '@aws-sdk/client-sfn': { in: ['migrator/move/backfill-execution.ts'] },
  // In the text of what `init` and `create` write.
  'dynamigrate/testing': { in: ['commands/templates/'] },
  'dynamigrate/testing/vitest': { in: ['commands/templates/'] },
  vitest: { in: ['testing/vitest.ts'] },
  'fast-check': { in: ['testing/fast-check.ts'] },
  '@aws-sdk/client-sts': { in: ['dynamodb/account.ts'] },
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ file: name.replaceAll('\\', '/'), code: withoutComments(readFileSync(join(src, name), 'utf8')) }));
const imports = files.flatMap(({ file, code }) => importsOf(file, code));

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function importsOf(file: string, code: string): Import[] {
  const found: Import[] = [];
  for (const [, head = '', from = ''] of code.matchAll(/^(?:import|export)\s([^;'"`]*?)\s?from\s+'([^']+)'/gm)) {
    const names =
      head
        .match(/\{([^}]*)\}/)?.[1]
        ?.split(',')
        .filter((name) => name.trim() !== '') ?? [];
    const named = names.length > 0 && /^\{/.test(head.trim()) && names.every((name) => name.trim().startsWith('type '));
    found.push({ file, from, typeOnly: head.startsWith('type ') || named });
  }
  for (const [, from = ''] of code.matchAll(/^import\s+'([^']+)'/gm)) found.push({ file, from, typeOnly: false });
  for (const [, typeOf, from = ''] of code.matchAll(/(typeof\s+)?(?:\bimport|\brequire)\(\s*'([^']+)'\s*\)/g)) {
    found.push({ file, from, typeOnly: typeOf !== undefined });
  }
  return found;
}

const isRelative = (from: string) => from.startsWith('.');
const folderOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : path);
const targetOf = ({ file, from }: Import) =>
  relative(src, join(src, dirname(file), from))
    .replaceAll('\\', '/')
    .replace(/\.js$/, '.ts');

test('the imports are found', () => {
  expect(imports.length).toBeGreaterThan(300);
  expect(imports).toContainEqual({ file: 'cli/run-cli.ts', from: 'yargs', typeOnly: false });
  expect(imports).toContainEqual({ file: 'cli/verb.ts', from: 'yargs', typeOnly: true });
  expect(imports).toContainEqual({ file: 'engine/dynalite.ts', from: 'dynalite', typeOnly: false });
});

test('every folder of src is in the table', () => {
  const found = new Set(files.map(({ file }) => folderOf(file)).filter((name) => !name.endsWith('.ts')));
  expect([...found].filter((name) => !(name in folders))).toEqual([]);
});

test('the table itself has no way back', () => {
  const reaches = (from: string, seen = new Set<string>()): Set<string> => {
    const { uses = [], typesOf = [] } = folders[from] ?? {};
    for (const next of [...uses, ...typesOf]) {
      if (!seen.has(next)) reaches(next, seen.add(next));
    }
    return seen;
  };
  for (const name of Object.keys(folders)) expect([...reaches(name)], name).not.toContain(name);
});

test('folders import one way', () => {
  const wrong = imports.filter(isOfSrc).filter((one) => {
    const [from, to] = [folderOf(one.file), folderOf(targetOf(one))];
    if (from === to || from === 'index.ts' || to === 'errors.ts' || to === 'version.ts') return false;
    const { uses = [], typesOf = [] } = folders[from] ?? {};
    return !uses.includes(to) && !(one.typeOnly && typesOf.includes(to));
  });
  expect(wrong.map(text)).toEqual([]);
});

test('packages stay in their places', () => {
  const wrong = imports.filter((one) => {
    const at = Object.hasOwn(packages, one.from) ? packages[one.from] : undefined;
    // A package that the table does not know may be imported nowhere.
    if (!at) return !isRelative(one.from) && !one.from.startsWith('node:');
    const isIn = (places: readonly string[] = []) => places.some((place) => one.file.startsWith(place));
    return !isIn(at.in) && !(one.typeOnly && isIn(at.typesIn)) && !one.file.endsWith('.d.ts');
  });
  expect(wrong.map(text)).toEqual([]);
});

test('items and transforms are pure: nothing of node, no package, no environment', () => {
  const pure = (file: string) => /^(?:item|transform)\//.test(file);
  expect(imports.filter((one) => pure(one.file) && !isRelative(one.from)).map(text)).toEqual([]);
  for (const { file, code } of files.filter((one) => pure(one.file))) {
    expect(code, file).not.toMatch(/\bprocess\.|Date\.now|new Date\(|Math\.random|\bfetch\(/);
  }
});

test('the environment and the working directory are read by the command line, and as defaults of commands', () => {
  for (const { file, code } of files) {
    // The one thing that the test kit sets, for want of another way to say it to the SDK.
    if (file.startsWith('cli/') || isTextOfAProgram(file) || file === 'testing/quiet-sdk.ts') continue;
    const isDefault = /^(?:commands|testing)\//.test(file)
      ? code.replace(/\w+ = process\.(?:env|cwd\(\))(?=[,\s}])/g, '')
      : code;
    expect(isDefault, file).not.toMatch(/process\.(?:env|cwd|argv)/);
  }
});

test('only the command line prints and exits', () => {
  for (const { file, code } of files) {
    if (!file.startsWith('cli/') && !isTextOfAProgram(file))
      expect(code, file).not.toMatch(/\bconsole\.|process\.(?:stdout|stderr|exit)/);
  }
});

/** What is written there runs elsewhere, in Lambda. */
function isTextOfAProgram(file: string): boolean {
  return file === 'sync-lambda/bundle-entry.ts';
}

function isOfSrc({ from }: Import): boolean {
  return isRelative(from);
}

function text({ file, from, typeOnly }: Import): string {
  return `${file} imports ${typeOnly ? 'types of ' : ''}${from}`;
}
