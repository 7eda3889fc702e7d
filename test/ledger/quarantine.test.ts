import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { openQuarantine } from '../../src/ledger/quarantine.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { collect } from './collect.js';
import { fenceOf, leaseLost } from './fences.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  stored = openMetaTable({ client: dynalite.client, tableName: `quarantine-${tables}` });
  await stored.ensure();
});

describe('quarantine', () => {
  const key: RawItem = { id: { N: '12345678901234567890123456789012345678' }, b: { B: Uint8Array.of(0, 255) } };
  const entry = { key, direction: 'up', code: 'TRANSFORM_FAILED', message: 'm', at: 'now', attempts: 1 } as const;

  it('keeps an item once, with its exact key, its direction and a short message', async () => {
    const quarantine = openQuarantine({ table: stored });
    const lease = fenceOf(1);
    await quarantine.put(lease, '001-a', entry);
    await quarantine.put(lease, '001-a', { ...entry, message: 'x'.repeat(3_000), attempts: 2 });
    await quarantine.put(lease, '001-a', { ...entry, direction: 'down' });
    expect(await collect(quarantine.list('001-a', 'up'))).toEqual([
      { ...entry, message: `${'x'.repeat(999)}…`, attempts: 2 },
    ]);
    expect(await quarantine.count('001-a')).toBe(2);
    expect(await quarantine.count('001')).toBe(0);
    await quarantine.remove(lease, '001-a', entry);
    expect(await quarantine.count('001-a', 'up')).toBe(0);
    await quarantine.clear(lease, '001-a', 'up');
    expect(await quarantine.count('001-a')).toBe(1);
    await quarantine.clear(lease, '001-a');
    expect(await quarantine.count('001-a')).toBe(0);
  });

  it('lists and clears more than a page of DynamoDB holds', async () => {
    const quarantine = openQuarantine({ table: stored });
    const lease = fenceOf(1);
    const wide = (index: number): RawItem => ({ id: { S: `${index}`.padEnd(2_000, 'x') } });
    const puts = Array.from({ length: 700 }, (_, index) =>
      quarantine.put(lease, '001-a', { ...entry, key: wide(index), message: 'x'.repeat(1_000) }),
    );
    await Promise.all(puts);
    expect(await quarantine.count('001-a')).toBe(700);
    await quarantine.clear(lease, '001-a');
    expect(await quarantine.count('001-a')).toBe(0);
  });

  it('refuses a former holder', async () => {
    const quarantine = openQuarantine({ table: stored });
    await quarantine.put(fenceOf(2), '001-a', entry);
    await expect(quarantine.put(fenceOf(1), '001-a', entry)).rejects.toMatchObject(leaseLost);
    await expect(quarantine.remove(fenceOf(1), '001-a', entry)).rejects.toMatchObject(leaseLost);
  });
});
