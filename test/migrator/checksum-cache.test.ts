import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checksumOf } from '../../src/migrator/checksum.js';
import { samples } from './checksum-samples.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'checksum-cache-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function project({ cache }: { readonly cache: boolean }) {
  const directory = join(root, String(cache));
  mkdirSync(join(directory, cache ? 'node_modules' : '.'), { recursive: true });
  return (source: string, name = '001-x.ts') => {
    writeFileSync(join(directory, name), source);
    return checksumOf(join(directory, name));
  };
}
const entries = () => join(root, 'true/node_modules/.cache/dynamigrate/made');

test('is the same without a cache, when it is filled, and when it is full; for each of the samples', async () => {
  const [plain, kept] = [project({ cache: false }), project({ cache: true })];
  for (const source of Object.values(samples)) {
    const expected = await plain(source);
    expect([await kept(source), await kept(source)]).toEqual([expected, expected]);
  }
  expect(readdirSync(entries())).toHaveLength(Object.keys(samples).length);
});

test('changes with a byte of the file, and is back with it', async () => {
  const kept = project({ cache: true });
  const first = await kept("export default 'a';");
  expect(await kept("export default 'b';")).not.toBe(first);
  expect(await kept("export default 'a';")).toBe(first);
  expect(await kept("export default 'a' as string; // the same")).toBe(first);
});

test('changes with a helper, and with whether an import leads to one, though the file does not', async () => {
  const kept = project({ cache: true });
  const source = "import { a } from './helper.js'; export default a;";
  const missing = await kept(source);
  await kept('export const a = 1;', 'helper.ts');
  const one = await kept(source);
  await kept('export const a = 2;', 'helper.ts');
  const two = await kept(source);
  expect(new Set([missing, one, two]).size).toBe(3);
  rmSync(join(root, 'true/helper.ts'));
  expect(await kept(source)).toBe(missing);
});

test('is right although every entry is damaged, or another one than its name says', async () => {
  const [plain, kept] = [project({ cache: false }), project({ cache: true })];
  const sources = ["export default 'a';", "export default 'b';"];
  for (const source of sources) await kept(source);
  const [first = '', second = ''] = readdirSync(entries()).map((name) => join(entries(), name));
  const texts = [readFileSync(first, 'utf8'), readFileSync(second, 'utf8')];
  const damages = [
    [texts[1], texts[0]],
    [texts[0]?.slice(0, -1), ''],
    [texts[0]?.replace('(', '['), texts[1]?.replace('a', 'b').replace('b', 'c')],
  ];
  for (const [one = '', other = ''] of damages) {
    writeFileSync(first, one);
    writeFileSync(second, other);
    for (const source of sources) expect(await kept(source)).toBe(await plain(source));
    expect(readFileSync(first, 'utf8')).toBe(texts[0]);
    expect(readFileSync(second, 'utf8')).toBe(texts[1]);
  }
});
