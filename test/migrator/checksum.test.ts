import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { checksumOf } from '../../src/migrator/checksum.js';
import { changes, samples } from './checksum-samples.js';

const root = mkdtempSync(join(tmpdir(), 'checksum-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let counter = 0;

function project(files: Record<string, string>): string {
  const directory = join(root, String(counter++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const sumOf = (source: string, name = '001-x.ts') => checksumOf(join(project({ [name]: source }), name));

const targets = ['ES2015', 'ES2017', 'ES2018', 'ES2019', 'ES2020', 'ES2021', 'ES2022', 'ES2024', 'ESNext'] as const;
const modules = ['CommonJS', 'ESNext', 'NodeNext'] as const;

describe.each(Object.entries(samples))('%s', (_name, source) => {
  test('has a checksum of the promised form', async () => {
    expect(await sumOf(source)).toMatch(/^s1:[0-9a-f]{32}$/);
  });

  test.each(targets)('does not change when compiled to %s', async (target) => {
    const expected = await sumOf(source);
    for (const module of modules) {
      for (const options of [
        { esModuleInterop: true },
        { esModuleInterop: false },
        { importHelpers: true },
        { removeComments: true },
      ]) {
        const js = ts.transpileModule(source, {
          fileName: '001-x.ts',
          compilerOptions: {
            module: ts.ModuleKind[module],
            target: ts.ScriptTarget[target],
            sourceMap: true,
            ...options,
          },
        }).outputText;
        expect(await sumOf(js, '001-x.js'), `${module} ${JSON.stringify(options)}\n${js}`).toBe(expected);
      }
    }
  });

  test('does not change when white space and comments do', async () => {
    const expected = await sumOf(source);
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.constantFrom('', ' ', '\t', '/* c */', '/* return */')),
        async (fillers) => {
          expect(await sumOf(refill(source, fillers))).toBe(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('does not change with line ends', async () => {
    expect(await sumOf(source.replaceAll('\n', '\r\n'))).toBe(await sumOf(source));
  });
});

test.each([
  ['quotes', `export default f('a"');`, `export default f("a\\"")`],
  ['trailing commas', 'export default { a: [1, 2], b: f(1) };', 'export default { a: [1, 2,], b: f(1,), };'],
  ['parentheses', 'export default f((a) => a + (b));', 'export default (f(a => (a + b)));'],
  ['numeric separators', 'export default 10000;', 'export default 10_000;'],
  ['bases of numbers', 'export default 255;', 'export default 0xff;'],
  ['quoted keys', 'export default { a: 1 };', "export default { 'a': 1 };"],
  ['an escape', "export default 'é';", "export default '\\u00e9';"],
  ['an empty statement', 'export default 1;', 'export default 1;;'],
  ['types', 'export default f(a);', 'type T = string; export default f<T>(a as T) satisfies T;'],
  ['a comment', 'export default 1;', '/** one */ export default 1; // one'],
  ['a byte order mark', 'export default 1;', '\uFEFFexport default 1;'],
  [
    'unused types of a file',
    'export default 1;',
    "import type { T } from './nowhere.js'; let t: T; export default 1;".replace('let t: T; ', ''),
  ],
])('%s do not change it', async (_name, one, other) => {
  expect(await sumOf(other)).toBe(await sumOf(one));
});

test.each(changes)('%s changes it', async (_name, one, other) => {
  expect(await sumOf(other)).not.toBe(await sumOf(one));
});

describe('relative imports', () => {
  const main = "import { h } from './lib/h.js'; export default h();";
  const helper =
    "import { again } from '../001-x.js'; import data from './d.json' with { type: 'json' }; export const h = () => [1, data, again];";
  const files = { '001-x.ts': main, 'lib/h.ts': helper, 'lib/d.json': '{"a": 1}' };
  const sum = (changed: Record<string, string>, name = '001-x.ts') =>
    checksumOf(join(project({ ...files, ...changed }), name));

  test('a change in a helper changes it', async () => {
    expect(await sum({ 'lib/h.ts': helper.replace('[1', '[2') })).not.toBe(await sum({}));
  });

  test('a change in imported JSON changes it; its spacing does not', async () => {
    expect(await sum({ 'lib/d.json': '{"a": 2}' })).not.toBe(await sum({}));
    expect(await sum({ 'lib/d.json': '{"a":1}\n' })).toBe(await sum({}));
  });

  test('a comment in a helper does not', async () => {
    expect(await sum({ 'lib/h.ts': `// new\n${helper}` })).toBe(await sum({}));
  });

  test('neither do extensions, nor a compiled helper', async () => {
    expect(await sum({ '001-x.ts': main.replace('h.js', 'h.ts') })).toBe(await sum({}));
    expect(await sum({ '001-x.ts': main.replace('h.js', 'h') })).toBe(await sum({}));
    const compile = (text: string) =>
      ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } })
        .outputText;
    const compiled = project({ '001-x.js': compile(main), 'lib/h.js': compile(helper), 'lib/d.json': '{"a": 1}' });
    expect(await checksumOf(join(compiled, '001-x.js'))).toBe(await sum({}));
  });

  test('two helpers that change places change it', async () => {
    const two = (first: string, second: string) =>
      sum({
        '001-x.ts': `import { a } from './${first}.js'; import { b } from './${second}.js'; export default a - b;`,
        'p.ts': 'export const a = 1, b = 2;',
        'q.ts': 'export const a = 3, b = 4;',
      });
    expect(await two('p', 'q')).not.toBe(await two('q', 'p'));
  });

  test('packages are no part of it', async () => {
    const source = "import { a } from 'pkg'; export default a;";
    const pkg = 'node_modules/pkg/index.js';
    expect(await sum({ '001-x.ts': source, [pkg]: 'exports.a = 1' })).toBe(
      await sum({ '001-x.ts': source, [pkg]: 'exports.a = 2' }),
    );
  });
});

/** The same tokens with other fillers between them. */
function refill(source: string, fillers: Iterator<string>): string {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true);
  const tokens: ts.Node[] = [];
  const collect = (node: ts.Node): void => {
    const children = node.getChildren(file);
    if (children.length === 0) tokens.push(node);
    else children.forEach(collect);
  };
  collect(file);
  let out = '';
  let end = 0;
  for (const token of tokens) {
    const start = token.getStart(file);
    const gap = source.slice(end, start);
    out +=
      (gap === '' && !/^[`}]/.test(token.getText(file)) ? '' : gap) +
      (gap.trim() === '' && gap !== '' ? (fillers.next().value ?? '') : '');
    out += token.getText(file);
    end = token.end;
  }
  return out + source.slice(end);
}

// A ledger holds sums for years. If these change, an upgrade of TypeScript has changed them all: then the scheme `s1`
// has to become `s2`, and the old one still be understood.
test('the sums that are in ledgers already stay what they are', async () => {
  const constant =
    "import { defineMigration, table } from 'dynamigrate';\nexport default defineMigration({ description: 'x', table: table<{ a?: string }>('TTT'), up: (items) => items.rename('a', 'b') });\n";
  const modern =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    'export default class A { #x = 1; static y = 2; async *z(a = this?.q ?? 3n) { yield* a?.b; for await (const c of a) await `t${c}`; } }\n';
  expect([await sumOf(constant), await sumOf(modern)]).toEqual([
    's1:89d9c3fdf41817819b26fbeefa811a47',
    's1:cd37b931cc76bfdf0a09c951ccac6b07',
  ]);
});
