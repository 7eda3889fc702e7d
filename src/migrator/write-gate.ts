import type { WriteGuard } from '../dynamodb/write-guard.js';
import { MigrateError } from '../errors.js';
import type { Lease } from '../ledger/lease.js';

/** Lets writes to the user's tables through only while a lease is held. Closed to begin with. */
export interface WriteGate {
  readonly guard: WriteGuard;
  open(lease: Lease): void;
  /** Tables that unfinished moves hold, with the move's id: whatever would write or change them is refused. */
  hold(tables: ReadonlyMap<string, string>): void;
  close(): void;
}

/** @param metaTable no migration may write it: the ledger, the lock and the checkpoints are there. */
export function createWriteGate(metaTable: string): WriteGate {
  let lease: Lease | undefined;
  let held: ReadonlyMap<string, string> = new Map();
  return {
    guard({ command, tables }) {
      if (tables.includes(metaTable)) {
        throw new MigrateError(
          'MIGRATION_INVALID',
          `a migration would call ${command} on the meta table \`${metaTable}\``,
          {
            fix: 'give the meta table a name of its own with `metaTable` in the config',
          },
        );
      }
      const table = tables.find((name) => held.has(name));
      if (table !== undefined) {
        throw new MigrateError(
          'MIGRATION_UNFINISHED',
          `would call ${command} on \`${table}\`, which \`${held.get(table)}\` holds`,
          {
            fix: 'finish the move first: `migrate status` tells what comes next',
          },
        );
      }
      if (lease) return lease.assertHeld();
      const on = tables.length === 0 ? '' : ` on ${tables.join(', ')}`;
      throw new MigrateError('WRITE_BLOCKED', `would call ${command}${on}`, {
        fix: 'nothing was written: this run is read-only',
      });
    },
    open(held) {
      lease = held;
    },
    hold(tables) {
      held = tables;
    },
    close() {
      lease = undefined;
    },
  };
}
