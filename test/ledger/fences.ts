import { MigrateError } from '../../src/errors.js';
import type { Fence } from '../../src/ledger/fenced-write.js';

/** A fence that never looks at a lock: what a zombie is, as long as it has not noticed. */
export function fenceOf(token: number): Fence & { readonly losses: string[] } {
  let writes = 0;
  const losses: string[] = [];
  return {
    token,
    losses,
    nextWrite: () => {
      writes += 1;
      return writes;
    },
    assertHeld: () => {},
    lose: (message) => {
      losses.push(message);
      return new MigrateError('LEASE_LOST', message);
    },
  };
}

export const leaseLost = { code: 'LEASE_LOST' };
