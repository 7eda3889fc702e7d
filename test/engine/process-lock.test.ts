import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identify } from '../../src/engine/process-identity.js';
import { lockHolder, takeProcessLock } from '../../src/engine/process-lock.js';

function newFolder(holder?: unknown): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');
  mkdirSync(folder);
  if (holder !== undefined) writeFileSync(join(folder, '3'), JSON.stringify(holder));
  return folder;
}

const me = identify(process.pid);

test.each([
  ['nobody', undefined],
  ['a process that is gone', { ...me, pid: 2 ** 30 }],
  ['a process whose pid another one has now', { ...me, started: '1' }],
  ['half a file', 'x'],
])('of many that find %s, one has the lock', async (_name, holder) => {
  const folder = newFolder(holder);
  const locks = await Promise.all(Array.from({ length: 20 }, () => takeProcessLock(folder)));
  expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([holder === undefined ? '1' : '4']);
  expect(await lockHolder(folder)).toMatchObject(me);
});

test('a holder that lives keeps it', async () => {
  const folder = newFolder(me);
  expect(await takeProcessLock(folder)).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['3']);
});

test('a holder elsewhere keeps it while it touches its file', async () => {
  const elsewhere = { pid: process.pid, place: 'another host' };
  const folder = newFolder(elsewhere);
  expect(await lockHolder(folder)).toEqual(elsewhere);
  const beating = setInterval(() => writeFileSync(join(folder, '3'), JSON.stringify(elsewhere)), 10);
  expect(await takeProcessLock(folder, { foreignMs: 200 })).toBeUndefined();
  clearInterval(beating);
  expect(await takeProcessLock(folder, { foreignMs: 10 })).toBeDefined();
});

test('a holder is told when its folder was deleted', async () => {
  const folder = newFolder();
  const lock = await takeProcessLock(folder);
  expect(await lock?.touch()).toBe(true);
  rmSync(folder, { recursive: true });
  expect(await lock?.touch()).toBe(false);
  const next = await takeProcessLock(folder);
  expect(await next?.touch()).toBe(true);
  expect(await lock?.touch()).toBe(false);
});
