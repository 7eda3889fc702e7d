import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cached } from '../../src/config/build-cache.js';
import { readEntry, writeEntry } from '../../src/config/cache-entry.js';
import { identityOf, type Maker } from '../../src/config/maker-identity.js';
import { pruneNow } from '../../src/config/prune-cache.js';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cache-'));
  mkdirSync(join(root, 'node_modules'));
  folder = join(root, 'node_modules/.cache/dynamigrate/made');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const maker: Maker = { files: [], packages: ['typescript'] };

/** How often it is made, and what comes out. */
function counting(path = join(root, 'migrations/001-x.ts')) {
  const made: string[] = [];
  return {
    made,
    get: (...inputs: string[]) =>
      cached({
        path,
        maker,
        inputs,
        make: () => {
          made.push(inputs.join());
          return `made of ${inputs.join()}`;
        },
      }),
  };
}

describe('cached', () => {
  test('makes a thing once, and another one for inputs that differ in a byte or in where they end', () => {
    const { made, get } = counting();
    expect([get('ab', 'c'), get('ab', 'c'), get('ab', 'd'), get('a', 'bc')]).toEqual([
      'made of ab,c',
      'made of ab,c',
      'made of ab,d',
      'made of a,bc',
    ]);
    expect(made).toEqual(['ab,c', 'ab,d', 'a,bc']);
  });

  test('keeps nothing of a maker that throws', () => {
    const fail = () => {
      throw new SyntaxError('no');
    };
    expect(() => cached({ path: join(root, 'x.ts'), maker, inputs: ['a'], make: fail })).toThrow('no');
    expect(cached({ path: join(root, 'x.ts'), maker, inputs: ['a'], make: () => 'yes' })).toBe('yes');
  });

  test('makes it each time where there is no node_modules, or no way to write there', () => {
    rmSync(join(root, 'node_modules'), { recursive: true });
    const without = counting(join(root, 'one/001-x.ts'));
    expect([without.get('a'), without.get('a'), without.made.length]).toEqual(['made of a', 'made of a', 2]);
    expect(readdirSync(root)).toEqual([]);

    mkdirSync(join(root, 'two/node_modules'), { recursive: true });
    writeFileSync(join(root, 'two/node_modules/.cache'), 'a file');
    const blocked = counting(join(root, 'two/001-x.ts'));
    expect([blocked.get('a'), blocked.get('a'), blocked.made.length]).toEqual(['made of a', 'made of a', 2]);
  });
});

describe('an entry', () => {
  const key = 'a'.repeat(64);
  const entry = () => join(folder, key);

  test('is ignored where any byte is missing or another one, and written anew', () => {
    writeEntry(folder, key, 'code');
    const whole = readFileSync(entry(), 'utf8');
    const damaged = [
      ...Array.from({ length: whole.length }, (_, end) => whole.slice(0, end)),
      ...Array.from(whole, (char, at) => `${whole.slice(0, at)}${char === 'x' ? 'y' : 'x'}${whole.slice(at + 1)}`),
      `${whole}x`,
    ];
    for (const text of damaged) {
      writeFileSync(entry(), text);
      expect(readEntry(folder, key), text).toBeUndefined();
    }
    writeEntry(folder, key, 'code');
    expect(readEntry(folder, key)).toBe('code');
  });

  test('is ignored under the name of another one', () => {
    writeEntry(folder, key, 'code');
    copyFileSync(entry(), join(folder, 'b'.repeat(64)));
    expect(readEntry(folder, 'b'.repeat(64))).toBeUndefined();
  });

  test.skipIf(process.platform === 'win32')('is for its owner alone, and ignored where others may write it', () => {
    writeEntry(folder, key, 'code');
    expect(readdirSync(folder)).toEqual([key]);
    for (const mode of [0o620, 0o602]) {
      chmodSync(entry(), mode);
      expect(readEntry(folder, key)).toBeUndefined();
    }
    chmodSync(entry(), 0o600);
    expect(readEntry(folder, key)).toBe('code');
  });

  test('that is used is not what pruning removes: the one that was not used for longest is', () => {
    const day = 86_400_000;
    const keys = ['a', 'b', 'c'].map((char) => char.repeat(64));
    for (const [age, name] of keys.entries()) {
      writeEntry(folder, name, 'code');
      utimesSync(join(folder, name), 0, ((10 - age) * day) / 1_000);
    }
    writeFileSync(join(folder, `${key}.left-behind`), '');
    utimesSync(join(folder, `${key}.left-behind`), 0, 0);
    readEntry(folder, keys[2] ?? '', 20 * day);
    pruneNow(folder, 20 * day, { entries: 2, bytes: 10_000 });
    expect(readdirSync(folder).sort()).toEqual([keys[0], keys[2]]);
    pruneNow(folder, 20 * day, { entries: 2, bytes: 200 });
    expect(readdirSync(folder)).toEqual([keys[2]]);
  });
});

test('another version of this package, or another code of the maker, is another maker', () => {
  const file = join(root, 'maker.js');
  const one: Maker = { files: [pathToFileURL(file)], packages: ['typescript', 'ts-node'] };
  expect(identityOf(one)).toBeUndefined();
  writeFileSync(file, 'a');
  const identity = identityOf(one, '1.0.0');
  expect(identityOf(one, '1.0.0')).toBe(identity);
  expect(identityOf(one, '1.0.1')).not.toBe(identity);
  writeFileSync(file, 'b');
  expect(identityOf(one, '1.0.0')).not.toBe(identity);
  expect(identityOf({ ...one, packages: ['no-such-package'] })).toBeUndefined();
});
