import { expect, test } from 'vitest';
import type { Mapping } from '../../src/reconcile/mapping.js';
import { naturalOwner } from '../../src/reconcile/owner.js';
import { parseStreamRecord } from '../../src/reconcile/stream-record.js';

const sourceKeys = { partitionKey: 'id' };
const rekeyed: Mapping = {
  up: (item) => [item],
  sourceKeys,
  targetKeys: { partitionKey: 'email' },
  owner: naturalOwner(sourceKeys, {}),
};
const Keys = { id: { S: 'a' } };

function removed(StreamViewType: string | undefined) {
  return { eventName: 'REMOVE', dynamodb: { Keys, SequenceNumber: '7', StreamViewType } };
}

test('a deletion without an image, in a stream with both, removed nothing', () => {
  expect(parseStreamRecord(removed('NEW_AND_OLD_IMAGES'), rekeyed)).toEqual({
    unit: Keys,
    sequenceNumber: 7n,
    images: [],
    after: { item: undefined },
  });
});

test.each(['NEW_IMAGE', 'KEYS_ONLY', undefined])('in a stream with the view %s its old image is missing', (view) => {
  expect(() => parseStreamRecord(removed(view), rekeyed)).toThrow('it has no `OldImage`');
});
