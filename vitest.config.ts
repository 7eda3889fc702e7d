import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: [
      { find: /^dynamigrate$/, replacement: source('index.ts') },
      { find: /^dynamigrate\/testing$/, replacement: source('testing/index.ts') },
      { find: /^dynamigrate\/testing\/(vitest|fast-check)$/, replacement: source('testing/$1.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});

function source(path: string): string {
  return fileURLToPath(new URL('./src/', import.meta.url)) + path;
}
