import type { StreamViewType } from '@aws-sdk/client-dynamodb';
import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disableStream } from '../../../src/dynamodb/streams/disable-stream.js';
import { type EnabledStream, enableStream } from '../../../src/dynamodb/streams/enable-stream.js';
import { type Dynalite, startDynalite } from '../../support/dynalite.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../../support/dynamodb-local.js';
import { createTable } from '../../support/tables.js';

describe('an engine without streams', () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.close());

  it('says so', async () => {
    await createTable(dynalite.client, 'plain');
    expect(await enableStream(dynalite.client, 'plain', 'keys')).toEqual({ kind: 'unsupported' });
  });
});

describe.skipIf(!(await hasJava()))('a stream', () => {
  let local: DynamoDbLocal;
  let tables = 0;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(() => local.close());

  async function table(view?: StreamViewType): Promise<string> {
    tables += 1;
    const TableName = `enable-${tables}`;
    await createTable(local.client, TableName);
    const StreamSpecification = { StreamEnabled: true, StreamViewType: view };
    if (view) await local.client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    return TableName;
  }
  const arnOf = (stream: EnabledStream) => (stream.kind === 'enabled' ? stream.streamArn : '');

  it('is switched on where there is none, once', async () => {
    const name = await table();
    const first = await enableStream(local.client, name, 'both-images');
    expect(first).toMatchObject({ kind: 'enabled', enabledByUs: true });
    expect(await enableStream(local.client, name, 'both-images')).toEqual({ ...first, enabledByUs: false });
  });

  it('is switched on by one of two who try at the same time', async () => {
    const name = await table();
    const both = await Promise.all([1, 2].map(() => enableStream(local.client, name, 'keys')));
    expect(new Set(both.map(arnOf)).size).toBe(1);
    expect(both.map((one) => one.kind === 'enabled' && one.enabledByUs).sort()).toEqual([false, true]);
  });

  it.each([
    ['KEYS_ONLY', 'keys', true],
    ['NEW_IMAGE', 'keys', true],
    ['OLD_IMAGE', 'keys', true],
    ['NEW_AND_OLD_IMAGES', 'keys', true],
    ['KEYS_ONLY', 'both-images', false],
    ['NEW_IMAGE', 'both-images', false],
    ['OLD_IMAGE', 'both-images', false],
    ['NEW_AND_OLD_IMAGES', 'both-images', true],
  ] as const)('with the view %s for %s: used %s', async (view, needed, used) => {
    const name = await table(view);
    const enabled = enableStream(local.client, name, needed);
    if (used) expect(await enabled).toMatchObject({ kind: 'enabled', enabledByUs: false });
    else await expect(enabled).rejects.toMatchObject({ code: 'TABLE_DRIFT', message: expect.stringContaining(view) });
  });

  it('is switched off only where we switched it on, and it is still the same', async () => {
    const name = await table();
    const ours = await enableStream(local.client, name, 'keys');
    const streamArn = arnOf(ours);
    const off = (enabledByUs: boolean) => disableStream(local.client, name, { streamArn, enabledByUs });
    expect(await off(false)).toBe('kept');
    expect(await off(true)).toBe('disabled');
    expect(await off(true)).toBe('disabled');
    const next = await enableStream(local.client, name, 'keys');
    expect(next).toMatchObject({ enabledByUs: true });
    expect(arnOf(next)).not.toBe(streamArn);
    expect(await off(true)).toBe('kept');
    expect(await enableStream(local.client, name, 'keys')).toEqual({ ...next, enabledByUs: false });
  });

  it('of a table that is not there', async () => {
    await expect(enableStream(local.client, 'nowhere', 'keys')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    expect(await disableStream(local.client, 'nowhere', { streamArn: 'arn', enabledByUs: true })).toBe('disabled');
  });
});
