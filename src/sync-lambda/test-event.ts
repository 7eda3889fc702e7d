import type { AttributeValue, RawItem } from '../item/attribute-value.js';

/** A table, as far as the event of one of its items shows it. */
export interface TableShape {
  /** Key attributes with their types. */
  readonly keys: Readonly<Record<string, 'S' | 'N' | 'B'>>;
  /** An item of the table, of which names and types are taken, and no value. */
  readonly sample: RawItem | undefined;
  readonly streamArn: string;
  readonly region: string;
}

/** The name of an item that is in no table: the function finds nothing to copy, and nothing to delete. */
const nobody = 'dynamigrate-test-event';

/** An event as Lambda delivers it, of the shape of the table, for the test button of the console. */
export function testEvent({ keys, sample = {}, streamArn, region }: TableShape): Readonly<Record<string, unknown>> {
  const Keys = Object.fromEntries(Object.entries(keys).map(([name, type]) => [name, keyValue(type)]));
  const others = Object.entries(sample).filter(([name]) => !Object.hasOwn(keys, name));
  const NewImage = { ...Object.fromEntries(others.map(([name, value]) => [name, madeUp(value)])), ...Keys };
  return {
    Records: [
      {
        eventID: '00000000000000000000000000000001',
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: region,
        dynamodb: {
          ApproximateCreationDateTime: 1_700_000_000,
          Keys,
          NewImage,
          SequenceNumber: '100000000000000000001',
          SizeBytes: Buffer.byteLength(JSON.stringify(NewImage)),
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: streamArn,
      },
    ],
  };
}

function keyValue(type: 'S' | 'N' | 'B'): unknown {
  if (type === 'S') return { S: nobody };
  return type === 'N' ? { N: '-1' } : { B: Buffer.from(nobody).toString('base64') };
}

/** Of the same type, with contents of our own; binary values as Lambda's JSON has them. */
function madeUp(value: AttributeValue): unknown {
  if ('S' in value) return { S: 'example' };
  if ('N' in value) return { N: '1' };
  if ('B' in value) return { B: 'AQ==' };
  if ('SS' in value) return { SS: ['example'] };
  if ('NS' in value) return { NS: ['1'] };
  if ('BS' in value) return { BS: ['AQ=='] };
  if ('BOOL' in value) return { BOOL: true };
  if ('NULL' in value) return { NULL: true };
  if ('L' in value) return { L: value.L?.slice(0, 1).map(madeUp) };
  // The keys of a map may be data, of users say.
  return { M: {} };
}
