import { expect } from 'vitest';
import { type MigrationMatchers, matchers } from './matchers.js';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest's own parameter, which has to be repeated as it is
  interface Matchers<T = any> extends MigrationMatchers<T extends unknown ? Promise<void> : never> {}
}

expect.extend(matchers);
