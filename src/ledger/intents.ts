import { MigrateError } from '../errors.js';
import type { IntentSlot } from '../reconcile/backfill-segment.js';
import type { Intent } from '../reconcile/ports.js';
import type { CheckpointBinding } from './checkpoints.js';
import { clearSeen } from './clear-seen.js';
import { deleteFenced, type Fence, putFenced, updateFenced } from './fenced-write.js';
import { cutIntents, decodeIntents, MAX_TEXT_BYTES } from './intent-text.js';
import type { MetaTable } from './meta-table.js';
import type { Row, RowKey } from './row-store.js';

/** What intents are valid for. Those of another run are dropped. */
export type IntentBinding = Pick<CheckpointBinding, 'id' | 'direction' | 'run'>;

export interface Intents {
  /**
   * The slot of a segment, for the holder of its lease. From then on no former holder can store anything in it; what
   * another run left there is gone.
   */
  claim(lease: Fence, binding: IntentBinding, segment: number): Promise<IntentSlot>;
  /** The number of slots of a migration that are not empty. */
  count(id: string): Promise<number>;
  /** Slots are fenced by the leases of segments; see first that nobody holds one. */
  clear(lease: Fence, id: string): Promise<void>;
}

export interface IntentsOptions {
  readonly table: MetaTable;
  /** How much text a row gets. */
  readonly maxBytes?: number;
}

/**
 * The first row of a slot. It decides what is stored: its own intents, and those in the `parts` other rows of its `set`.
 * There are two sets of these, and a store fills the one that is not in use before it writes this row. So whenever it
 * is cut short, the slot holds either all of the old intents or all of the new ones.
 */
interface Head {
  readonly run: number;
  readonly set: 'a' | 'b';
  readonly parts: number;
  readonly intents: string;
}

/** Opens the intents of all migrations: a slot per migration, direction and segment, in one row if they fit. */
export function openIntents({ table, maxBytes = MAX_TEXT_BYTES }: IntentsOptions): Intents {
  return {
    async claim(lease, binding, segment) {
      const slot = slotOf(binding, segment);
      const found = await updateFenced(table, lease, slot.head, {}, { orCreate: true });
      let head = headOf(found);
      if (head?.run !== binding.run) {
        head = { run: binding.run, set: 'a', parts: 0, intents: '[]' };
        await putFenced(table, lease, { ...slot.head, ...head });
      }
      const { set, parts } = head;
      await deleteParts(lease, slot, (sk) => !partsOf(slot, set, parts).some((part) => part.sk === sk));
      return openSlot(lease, slot, head);
    },

    async count(id) {
      const counts = await Promise.all(
        partitionsOf(id).map(async (pk) => {
          let count = 0;
          for await (const row of table.query(pk)) {
            const head = headOf(row);
            if (head && head.intents !== '[]') count += 1;
          }
          return count;
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },

    async clear(lease, id) {
      await Promise.all(partitionsOf(id).map((pk) => clearSeen(table, lease, pk)));
    },
  };

  function openSlot(lease: Fence, slot: Slot, claimed: Head): IntentSlot {
    /** Undefined after a store that failed: nobody knows which set is in use. */
    let current: Head | undefined = claimed;
    return {
      async load() {
        const head = headOf(await table.get(slot.head));
        const parts = head ? await Promise.all(partsOf(slot, head.set, head.parts).map((key) => table.get(key))) : [];
        if (!head || parts.includes(undefined)) throw await incomplete(lease, slot);
        return [head, ...(parts as readonly Row[])].flatMap(({ intents }): Intent[] => decodeIntents(String(intents)));
      },

      async store(intents) {
        // The claim of the row also keeps out a request of the failed store that would land now.
        const former = current ?? headOf(await updateFenced(table, lease, slot.head, {})) ?? claimed;
        current = undefined;
        const [first = '[]', ...rest] = cutIntents(intents, maxBytes);
        const set = former.set === 'a' ? 'b' : 'a';
        const next: Head = { run: former.run, set, parts: rest.length, intents: first };
        const keys = partsOf(slot, set, rest.length);
        await Promise.all(keys.map((key, index) => putFenced(table, lease, { ...key, intents: rest[index] })));
        // An update, not a put: only a slot that was claimed, and that nobody claimed since, is written.
        await updateFenced(table, lease, slot.head, { ...next });
        current = next;
        const old = partsOf(slot, former.set, former.parts);
        await Promise.all(old.map((key) => deleteFenced(table, lease, key)));
      },
    };
  }

  async function deleteParts(lease: Fence, slot: Slot, isOld: (sk: string) => boolean): Promise<void> {
    for await (const { pk, sk } of table.query(slot.head.pk, { prefix: slot.prefix })) {
      if (sk !== slot.head.sk && isOld(sk)) await deleteFenced(table, lease, { pk, sk });
    }
  }

  /** A part is missing only where the next holder of the lease is at work, or somebody deleted rows by hand. */
  async function incomplete(lease: Fence, slot: Slot): Promise<MigrateError> {
    await updateFenced(table, lease, slot.head, {});
    return new MigrateError('INTERNAL', `a row of the intents \`${slot.head.pk}/${slot.prefix}\` is missing`);
  }
}

interface Slot {
  readonly head: RowKey;
  readonly prefix: string;
}

/**
 * AWS: a partition key takes 1,000 write units a second, and a page of 100 items about 6: under one key, all workers
 * together would copy some 16,000 items a second.
 */
const partitions = 16;

function partitionOf(id: string, segment: number): string {
  return `intents#${id}#${segment % partitions}`;
}

function partitionsOf(id: string): string[] {
  return Array.from({ length: partitions }, (_, index) => partitionOf(id, index));
}

function slotOf({ id, direction }: IntentBinding, segment: number): Slot {
  // DynamoDB allows 1,000,000 segments.
  const prefix = `${direction}#${String(segment).padStart(6, '0')}#`;
  return { head: { pk: partitionOf(id, segment), sk: `${prefix}00` }, prefix };
}

function partsOf({ head: { pk }, prefix }: Slot, set: Head['set'], parts: number): RowKey[] {
  return Array.from({ length: parts }, (_, index) => ({
    pk,
    sk: `${prefix}${set}${String(index + 1).padStart(2, '0')}`,
  }));
}

/** Undefined for a part, and for a row that is not there or a claim that was cut short. */
function headOf(row: Row | undefined): Head | undefined {
  const { run, set, parts, intents } = (row ?? {}) as unknown as Head;
  return run === undefined ? undefined : { run, set, parts, intents };
}
