import type { RawItem } from '../../src/item/attribute-value.js';
import { keyOf } from '../../src/item/key.js';
import { intentOf, type Mapping } from '../../src/reconcile/mapping.js';
import type { Intent, TargetWrite } from '../../src/reconcile/ports.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import type { Ask, Program } from './processes.js';
import { keyText, portsOver, scan, sourceItem, writeOne } from './programs.js';
import { parseRecord } from './world.js';

/** Ways to move a table that look right. Each is a backfill of all pages, and what becomes of a record. */

/** A condition that no item meets: the write is made only where there is none. */
const nobody: RawItem = { nobody: { S: '' } };

type CopyItem = (ask: Ask, item: RawItem) => Promise<void>;

function backfillBy(copy: CopyItem): Program {
  return async (ask) => {
    let after = (await ask({ op: 'loadPosition' })) as string;
    while (after !== 'done') {
      const { items, last } = await scan(ask, after);
      for (const item of items) await copy(ask, item);
      after = last === '' ? 'done' : last;
      await ask({ op: 'savePosition', position: after });
    }
  };
}

function put(mapping: Mapping, item: RawItem, owner?: RawItem): TargetWrite[] {
  return mapping.up(item).map((made) => ({ key: keyOf(made, mapping.targetKeys), item: made, owner }));
}

async function writeAll(ask: Ask, writes: readonly TargetWrite[]): Promise<void> {
  for (const write of writes) await writeOne(ask, write);
}

export function putAlways(mapping: Mapping): Program {
  return backfillBy((ask, item) => writeAll(ask, put(mapping, item)));
}

export function putIfAbsent(mapping: Mapping): Program {
  return backfillBy((ask, item) => writeAll(ask, put(mapping, item, nobody)));
}

/** Puts if absent, then reads the source again, and repairs the target until the source does not change any more. */
export function putAndRepair(mapping: Mapping): Program {
  return backfillBy(async (ask, item) => {
    await writeAll(ask, put(mapping, item, nobody));
    const key = keyOf(item, mapping.sourceKeys);
    for (let seen: RawItem | undefined = item; ; ) {
      const [now] = await portsOver(ask, { mapping }).readSource([key]);
      if (JSON.stringify(now) === JSON.stringify(seen)) return;
      await writeAll(ask, now ? put(mapping, now) : [{ key, item: undefined, owner: undefined }]);
      seen = now;
    }
  });
}

/** Makes the target what the newest image of each record says. */
export function applyImages(mapping: Mapping): (records: readonly string[]) => Program {
  return (records) => async (ask) => {
    for (const record of records) {
      const { unit, before, after } = parseRecord(record);
      if (after !== '') await writeAll(ask, put(mapping, sourceItem(unit, after)));
      else {
        const [gone] = put(mapping, sourceItem(unit, before));
        if (gone) await writeOne(ask, { ...gone, item: undefined });
      }
    }
  };
}

/** Another program that writes the target: it copies one item, as it read it. */
export function dualWriter(mapping: Mapping): Program {
  return async (ask) => {
    const [item] = await portsOver(ask, { mapping }).readSource([{ id: { S: '0' } }]);
    if (item) await writeAll(ask, put(mapping, item));
  };
}

/**
 * Backfill that lets S grow inside a call: production reconcile, one attempt at a time, and where the item has
 * changed, the keys of its new version join those that were stored.
 */
export function growingBackfill(mapping: Mapping): Program {
  return async (ask) => {
    const ports = portsOver(ask, { mapping });
    const reconcileGrowing = async ({ unit, keys }: Intent) => {
      let known = keys;
      for (;;) {
        const [item] = await ports.readSource([unit]);
        const grown = intentOf(unit, item ? [item] : [], mapping).keys;
        known = [...new Map([...known, ...grown].map((key) => [keyText(key), key])).values()];
        const { again } = await reconcile([{ unit, keys: known, guess: { item } }], { ...ports, maxAttempts: 1 });
        if (again.length === 0) return;
      }
    };
    const position = (await ask({ op: 'loadPosition' })) as string;
    const left = JSON.parse(((await ask({ op: 'loadIntents' })) as string) || '[]') as Intent[];
    if (left.length > 0) {
      await ask({ op: 'horizon' });
      for (const intent of left) await reconcileGrowing(intent);
    }
    let after = position;
    while (after !== 'done') {
      const { items, last } = await scan(ask, after);
      for (const item of items) {
        const intent = intentOf(keyOf(item, mapping.sourceKeys), [item], mapping);
        await ask({ op: 'storeIntents', intents: JSON.stringify([intent]) });
        await reconcileGrowing(intent);
      }
      after = last === '' ? 'done' : last;
      await ask({ op: 'savePosition', position: after });
    }
    await ask({ op: 'storeIntents', intents: '' });
  };
}

export const nothingToSettle: Program = async () => {};
