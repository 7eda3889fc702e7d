import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { finished } from '../support/project.js';

const script = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamigrate-'));
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'tmp'));
  await symlink(process.execPath, join(folder, 'bin/node'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The demo on a machine without Java, where it plays what dynalite can do. */
function startDemo() {
  return spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: join(folder, 'bin'), HOME: folder, TMPDIR: join(folder, 'tmp'), TEMP: join(folder, 'tmp') },
  });
}

/** TypeScript keeps a cache of its own there. */
async function leftBehind(): Promise<string[]> {
  return (await readdir(join(folder, 'tmp'))).filter((name) => name.startsWith('dynamigrate'));
}

test('the offline demo says what is missing, plays to its end, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await finished(startDemo());
  expect(stdout).toContain('there is no `java` on the PATH');
  expect(stderr).toContain('OFFLINE MOVE');
  expect(stdout).toContain('Every check holds');
  expect(stdout).not.toContain('✖ 0');
  expect(code).toBe(0);
  expect(await leftBehind()).toEqual([]);
}, 180_000);

test('stopped in the middle, it cleans up', async () => {
  const demo = startDemo();
  const ended = finished(demo);
  await new Promise<void>((resolve) => {
    demo.stderr?.on('data', (chunk) => {
      if (String(chunk).includes('environment local')) resolve();
    });
    demo.once('close', () => resolve());
  });
  demo.kill('SIGINT');
  const { code, stdout } = await ended;
  expect(stdout).toContain('stopped; cleaning up');
  expect(code).toBe(130);
  expect(await leftBehind()).toEqual([]);
}, 60_000);
