import { describe, expect, it } from 'vitest';
import { effectiveState } from '../../src/ledger/effective-state.js';

describe('effectiveState', () => {
  const now = Date.UTC(2026, 0, 1);
  const ago = (ms: number) => new Date(now - ms).toISOString();
  const lock = { token: 7, leaseMs: 30_000, heartbeatAt: ago(10_000) };
  it.each([
    ['running', 7, lock, 'running'],
    ['reverting', 7, lock, 'reverting'],
    ['running', 7, undefined, 'interrupted'],
    ['running', 6, lock, 'interrupted'],
    ['reverting', 6, lock, 'interrupted'],
    ['running', 7, { ...lock, heartbeatAt: ago(60_000) }, 'running'],
    ['running', 7, { ...lock, heartbeatAt: ago(60_001) }, 'interrupted'],
    ['running', 7, { ...lock, heartbeatAt: ago(-600_000) }, 'running'],
    ['failed', 6, undefined, 'failed'],
    ['waiting', 6, lock, 'waiting'],
    ['applied', 6, undefined, 'applied'],
  ] as const)('%s under token %i, lock %o: %s', (state, token, held, expected) => {
    expect(effectiveState({ state, token }, held, now)).toBe(expected);
  });
});
