import type { ErrorCode } from '../../errors.js';
import { formatKey } from '../../item/key.js';
import type { Direction } from '../../ledger/rows.js';
import type { Migrator } from '../migrator.js';

/** Something that bars a cutover, as `errors` reports it. */
export interface OpenItem {
  /** The source item, or the target key that several of them claim. */
  readonly key: string;
  readonly direction: Direction;
  readonly code: ErrorCode;
  readonly message: string;
  /** ISO time. */
  readonly at: string;
  readonly attempts: number;
}

/** The items of a move that a person has to look at; batches under way are not among them. */
export async function listOpen({ obligations }: Pick<Migrator, 'obligations'>, id: string): Promise<OpenItem[]> {
  const open: OpenItem[] = [];
  for await (const { direction, stored, at, attempts } of obligations.listAll(id)) {
    const { obligation } = stored;
    const common = { direction, at, attempts };
    switch (obligation.kind) {
      case 'reconcile':
        break;
      case 'quarantined': {
        const { code, message } = obligation.error;
        open.push({ ...common, key: formatKey(obligation.intent.unit), code, message });
        break;
      }
      case 'contested': {
        const claimants = obligation.claimants.map((unit) => `\`${formatKey(unit)}\``).join(' and ');
        const message = `the target key is claimed by ${claimants}`;
        open.push({ ...common, key: formatKey(obligation.key), code: 'KEY_COLLISION', message });
        break;
      }
      case 'misshapen': {
        const { code, message } = obligation.error;
        open.push({ ...common, key: 'a record of the stream', code, message });
        break;
      }
    }
  }
  return open;
}
