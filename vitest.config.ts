import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const waiting = [
  'backfill',
  'cli',
  'commands',
  'crash',
  'docs',
  'engine',
  'iam',
  'move',
  'package',
  'planning',
  'sync-lambda',
  'testing',
].map((folder) => `test/${folder}/**/*.test.ts`);
const all = ['test/**/*.test.ts'];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^dynamigrate$/, replacement: source('index.ts') },
      { find: /^dynamigrate\/testing$/, replacement: source('testing/index.ts') },
      { find: /^dynamigrate\/testing\/(vitest|fast-check)$/, replacement: source('testing/$1.ts') },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Of the tests of a file that say `concurrent`: they wait, but one engine serves them.
    maxConcurrency: 3,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      // Tests of processes and of Amazon's engine wait a lot, for leases and for streams, but each command starts a process
      // of its own: more of them than this at once, and two cores are late for their leases.
      { extends: true, test: { name: 'processes', include: waiting, maxWorkers: 2, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: { name: 'units', include: all, exclude: waiting, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

function source(path: string): string {
  return fileURLToPath(new URL('./src/', import.meta.url)) + path;
}
