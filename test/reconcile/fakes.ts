import { type RawItem, rawItem } from '../../src/item/attribute-value.js';
import { keyId } from '../../src/item/key.js';
import type { Mapping } from '../../src/reconcile/mapping.js';
import { addedOwner } from '../../src/reconcile/owner.js';
import type { Obligation, StoredObligation, TargetWrite, WriteOutcome } from '../../src/reconcile/ports.js';
import { onRawItems } from '../support/on-raw-items.js';

const sourceKeys = { partitionKey: 'id' };

export const renaming: Mapping = {
  up: onRawItems((item) => {
    if (item.bad) throw new Error('cannot be read');
    if (item.old) return [];
    const { v, ...rest } = item;
    return [v ? { ...rest, w: v } : rest];
  }),
  sourceKeys,
  targetKeys: { partitionKey: 'id' },
};

/** The target key is `mail`. */
export const byMail: Mapping = {
  up: onRawItems((item) => {
    const { id: _, ...rest } = item;
    return [rest];
  }),
  sourceKeys,
  targetKeys: { partitionKey: 'mail' },
  owner: addedOwner(sourceKeys),
};

export function text(value: string): { S: string } {
  return { S: value };
}

/** Two tables and a list of obligations in memory; `calls` records what was asked for, in order. */
export function fakeTables(mapping: Mapping, items: readonly RawItem[]) {
  const source = new Map(items.map((item) => [keyId(item, mapping.sourceKeys), item]));
  const target = new Map<string, RawItem>();
  const stored = new Map<string, StoredObligation>();
  const calls: string[] = [];
  const written: TargetWrite[][] = [];
  let added = 0;
  return {
    source,
    target,
    stored,
    calls,
    written,
    put: (item: RawItem) => source.set(keyId(item, mapping.sourceKeys), item),
    delete: (key: RawItem) => source.delete(keyId(key, mapping.sourceKeys)),
    ports: {
      mapping,
      readSource: async (keys: readonly RawItem[]) => {
        calls.push(`read ${keys.length}`);
        return keys.map((key) => source.get(keyId(key, mapping.sourceKeys))).filter((item) => item !== undefined);
      },
      writeTarget: async (writes: readonly TargetWrite[]): Promise<readonly WriteOutcome[]> => {
        calls.push(`write ${writes.length}`);
        written.push([...writes]);
        return writes.map(({ key, item, owner }) => {
          const id = keyId(key, mapping.targetKeys);
          const there = target.get(id);
          const mine = Object.entries(owner ?? {}).every(
            ([name, value]) => JSON.stringify(there?.[name]) === JSON.stringify(value),
          );
          if (there && owner && !mine) return { result: 'not owner', late: false };
          if (item) target.set(id, rawItem(item));
          else target.delete(id);
          return { result: 'written', late: false };
        });
      },
      obligations: {
        add: async (list: readonly Obligation[]): Promise<StoredObligation[]> => {
          calls.push(`add ${list.map(({ kind }) => kind).join()}`);
          return list.map((obligation) => {
            const one = { id: String(added++), generation: 1, obligation };
            stored.set(one.id, one);
            return one;
          });
        },
        remove: async ({ id }: StoredObligation) => {
          calls.push('remove');
          return stored.delete(id);
        },
      },
    },
  };
}
