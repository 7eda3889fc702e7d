import type { WriteGuard } from '../dynamodb/write-guard.js';
import { MigrateError } from '../errors.js';
import type { Lease } from '../ledger/lease.js';

/** Lets writes to the user's tables through only while a lease is held. Closed to begin with. */
export interface WriteGate {
  readonly guard: WriteGuard;
  open(lease: Lease): void;
  close(): void;
}

export function createWriteGate(): WriteGate {
  let lease: Lease | undefined;
  return {
    guard({ command, table }) {
      if (lease) return lease.assertHeld();
      throw new MigrateError('WRITE_BLOCKED', `would call ${command}${table === undefined ? '' : ` on ${table}`}`, {
        fix: 'nothing was written: this run is read-only',
      });
    },
    open(held) {
      lease = held;
    },
    close() {
      lease = undefined;
    },
  };
}
