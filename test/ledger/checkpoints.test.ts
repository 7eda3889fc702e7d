import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { type Checkpoints, openCheckpoints, type Position } from '../../src/ledger/checkpoints.js';
import { LOCK_KEY } from '../../src/ledger/lock-row.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { decodeRawKey, encodeRawKey } from '../../src/ledger/raw-key.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { fenceOf, leaseLost } from './fences.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let checkpoints: Checkpoints;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  stored = openMetaTable({ client: dynalite.client, tableName: `checkpoints-${tables}` });
  await stored.ensure();
  checkpoints = openCheckpoints({ table: stored });
});

const binding = { id: '001-a', checksum: 's1:aa', direction: 'up', totalSegments: 4, run: 3 } as const;
const beginning: Position = {
  done: false,
  pass: 1,
  passScanned: 0,
  passChanged: 0,
  pages: 0,
  scanned: 0,
  changed: 0,
  readUnits: 0,
  writeUnits: 0,
};
const exactKey: RawItem = {
  id: { N: '12345678901234567890123456789012345678' },
  at: { N: '0.00000000000000000000000000000000000012345678901234567890123456789012345678' },
  bin: { B: Uint8Array.from([0, 255, 128, 10]) },
  text: { S: 'ü\u0000"\\' },
};
const half: Position = {
  ...beginning,
  exclusiveStartKey: exactKey,
  pages: 2,
  passScanned: 50,
  passChanged: 10,
  scanned: 200,
  changed: 150,
  readUnits: 12.5,
  writeUnits: 300,
};

describe('checkpoints', () => {
  it('begin at the beginning, and go on from what was saved, keys exact', async () => {
    const lease = fenceOf(3);
    expect(await checkpoints.claim(lease, binding, 0)).toEqual(beginning);
    await checkpoints.save(lease, binding, 0, half);
    expect(await checkpoints.claim(fenceOf(4), binding, 0)).toEqual(half);
    expect(await checkpoints.claim(fenceOf(4), binding, 1)).toEqual(beginning);
  });

  it('forget the start key when a pass is done', async () => {
    const lease = fenceOf(3);
    await checkpoints.claim(lease, binding, 0);
    await checkpoints.save(lease, binding, 0, half);
    await checkpoints.save(lease, binding, 0, { ...half, exclusiveStartKey: undefined, done: true });
    const { exclusiveStartKey: _key, ...rest } = half;
    expect(await checkpoints.claim(lease, binding, 0)).toEqual({ ...rest, done: true });
  });

  it.each([
    ['another checksum', { checksum: 's1:bb' }],
    ['the other direction', { direction: 'down' as const }],
    ['another number of segments', { totalSegments: 5 }],
    ['another run', { run: 4 }],
    ['another migration', { id: '002-b' }],
  ])('are not resumed by %s', async (_name, change) => {
    const lease = fenceOf(3);
    await checkpoints.claim(lease, binding, 0);
    await checkpoints.save(lease, binding, 0, { ...half, done: true });
    const other = { ...binding, ...change };
    expect(await checkpoints.claim(lease, other, 0)).toEqual(beginning);
    expect(await checkpoints.list(other.id, other.run)).toContainEqual({
      ...beginning,
      binding: other,
      segment: 0,
      savedAt: expect.any(String),
    });
  });

  it('cannot be saved by a former holder once they are claimed, not even for an instant after', async () => {
    const zombie = fenceOf(3);
    await checkpoints.claim(zombie, binding, 0);
    await checkpoints.save(zombie, binding, 0, half);
    await checkpoints.claim(fenceOf(4), binding, 0);
    await expect(checkpoints.save(zombie, binding, 0, { ...half, done: true })).rejects.toMatchObject(leaseLost);
    await expect(checkpoints.claim(zombie, binding, 0)).rejects.toMatchObject(leaseLost);
    expect(await checkpoints.claim(fenceOf(4), binding, 0)).toEqual(half);
  });

  it('cannot be brought back by a former holder once they are cleared', async () => {
    const zombie = fenceOf(3);
    await checkpoints.claim(zombie, binding, 0);
    await stored.put({ ...LOCK_KEY, token: 4 }, { kind: 'absent' });
    await checkpoints.clear(fenceOf(4), binding.id);
    await expect(checkpoints.save(zombie, binding, 0, half)).rejects.toMatchObject(leaseLost);
    expect(await checkpoints.list(binding.id)).toEqual([]);
  });

  it('are listed by direction and segment, all or one run, and cleared together', async () => {
    const lease = fenceOf(3);
    for (const segment of [10, 9, 0]) await checkpoints.claim(lease, { ...binding, totalSegments: 11 }, segment);
    await checkpoints.claim(lease, { ...binding, direction: 'down', run: 5 }, 0);
    const places = async (run?: number) =>
      (await checkpoints.list(binding.id, run)).map(({ binding, segment }) => `${binding.direction} ${segment}`);
    expect(await places()).toEqual(['down 0', 'up 0', 'up 9', 'up 10']);
    expect(await places(5)).toEqual(['down 0']);
    await checkpoints.clear(lease, binding.id);
    expect(await places()).toEqual([]);
  });

  it('are cleared by nobody but the holder', async () => {
    await checkpoints.claim(fenceOf(4), binding, 0);
    await expect(checkpoints.clear(fenceOf(3), binding.id)).rejects.toMatchObject(leaseLost);
    expect(await checkpoints.list(binding.id)).toHaveLength(1);
  });
});

describe('a raw key as text', () => {
  it('comes back exactly, whatever it is', () => {
    const value: fc.Arbitrary<AttributeValue> = fc.oneof(
      fc.record({ S: fc.string({ unit: 'binary' }) }),
      fc.record({ N: fc.stringMatching(/^-?[1-9]\d{0,37}(\.\d{1,10})?$/) }),
      fc.record({ B: fc.uint8Array({ minLength: 1 }) }),
    );
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('B', 'S', 'N', '__proto__', 'constructor'));
    const byName = (key: RawItem) => Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 }), (entries) => {
        const key: RawItem = Object.fromEntries(entries);
        const shuffled: RawItem = Object.fromEntries([...Object.entries(key)].reverse());
        expect(byName(decodeRawKey(encodeRawKey(key)))).toEqual(byName(key));
        expect(encodeRawKey(shuffled)).toBe(encodeRawKey(key));
      }),
    );
  });

  it('is the wire format of DynamoDB', () => {
    expect(encodeRawKey({ s: { N: '1' }, b: { B: Uint8Array.of(1, 2) } })).toBe('{"b":{"B":"AQI="},"s":{"N":"1"}}');
  });
});
