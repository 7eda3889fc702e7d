import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../src/dynamodb/client.js';
import { probeWrites } from '../../src/dynamodb/probe-writes.js';
import { fenceWrites, liftFence } from '../../src/dynamodb/write-fence.js';
import { allItems, createTable } from '../support/tables.js';
import { type Engine, engines } from './engines.js';
import { type EngineProxy, type ProxiedAnswer, type ProxiedRequest, serviceError, startProxy } from './proxy.js';

const keyNames = { partitionKey: 'id' };
const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/ITEMS';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What AWS does for resource policies, and does not tell at once: `GetResourcePolicy` may answer `stale` reads. */
function policyStore(userId: string) {
  const store = {
    policy: undefined as string | undefined,
    revision: 1,
    /** Answers to give before the true one: what was there before. */
    stale: [] as (string | undefined)[],
    /** Changes to refuse because another one was made a moment ago. */
    busy: 0,
    changes: [] as string[],
  };
  const answer = (body: object): ProxiedAnswer => ({ status: 200, body: JSON.stringify(body) });
  const wrongRevision = (expected: unknown) =>
    expected !== undefined && expected !== (store.policy === undefined ? 'NO_POLICY' : `r${store.revision}`);
  const change = (operation: string, input: Record<string, unknown>) => {
    if (store.busy > 0) {
      store.busy -= 1;
      return serviceError('LimitExceededException');
    }
    if (wrongRevision(input.ExpectedRevisionId)) return serviceError('PolicyNotFoundException');
    store.changes.push(operation);
    store.policy = operation === 'DeleteResourcePolicy' ? undefined : String(input.Policy);
    store.revision += 1;
    return answer({ RevisionId: `r${store.revision}` });
  };
  const denies = (operation: string) =>
    store.policy !== undefined &&
    [(JSON.parse(store.policy) as { Statement: Statement | Statement[] }).Statement].flat().some((statement) => {
      const except = statement.Condition?.StringNotLike?.['aws:userid'] ?? [];
      return (
        statement.Effect === 'Deny' &&
        [statement.Action].flat().includes(`dynamodb:${operation}`) &&
        !except.some((pattern) => userId.startsWith(pattern.replace('*', '')))
      );
    });
  const intercept = ({ operation, input }: ProxiedRequest): ProxiedAnswer | undefined => {
    if (operation === 'GetResourcePolicy') {
      const isStale = store.stale.length > 0;
      const Policy = isStale ? store.stale.shift() : store.policy;
      const RevisionId = `r${isStale ? 0 : store.revision}`;
      return Policy === undefined ? serviceError('PolicyNotFoundException') : answer({ Policy, RevisionId });
    }
    if (/ResourcePolicy$/.test(operation)) return change(operation, input);
    return denies(operation) ? serviceError('AccessDeniedException') : undefined;
  };
  return { store, intercept };
}

const foreign = { Sid: 'Readers', Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'dynamodb:GetItem' };
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Id: 'ours', Statement });

describe('where there are resource policies', () => {
  let engine: Engine;
  let proxy: EngineProxy;
  let client: ReturnType<typeof createClient>;
  let store: ReturnType<typeof policyStore>['store'];
  let pauses: number[];

  const sleep = async (ms: number) => void pauses.push(ms);
  const probe = () => probeWrites(client, 'ITEMS', keyNames, { id: 'S' });
  const statements = () => [(JSON.parse(store.policy ?? '{}') as { Statement?: Statement[] }).Statement ?? []].flat();

  beforeAll(async () => {
    engine = await engines[0].start();
    await createTable(engine.client, 'ITEMS');
    proxy = await startProxy(engine.endpoint);
    // The SDK's own retries would wait for real.
    client = createClient({ endpoint: proxy.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  });
  beforeEach(() => {
    const fake = policyStore('AROAMIGRATE:session');
    store = fake.store;
    proxy.intercept = fake.intercept;
    pauses = [];
  });
  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await engine.close();
  });

  test('writes are refused and reads are not, until the fence is lifted', async () => {
    expect(await probe()).toBe('open');
    expect(await fenceWrites(client, arn, { sleep })).toBe('fenced');
    expect(await probe()).toBe('refused');
    const put = () => client.send(new PutItemCommand({ TableName: 'ITEMS', Item: { id: { S: '1' } } }));
    await expect(put()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await client.send(new GetItemCommand({ TableName: 'ITEMS', Key: { id: { S: '1' } } }));
    expect(await liftFence(client, arn, { sleep })).toBe('lifted');
    expect(store.policy).toBeUndefined();
    expect(await probe()).toBe('open');
    await put();
    expect(store.changes).toEqual(['PutResourcePolicy', 'DeleteResourcePolicy']);
    expect(pauses).toEqual([]);
  });

  test('the statement', async () => {
    await fenceWrites(client, arn, { except: ['AROAOTHER:*'], sleep });
    expect(statements()).toEqual([
      {
        Sid: 'DynamigrateWriteFence',
        Effect: 'Deny',
        Principal: '*',
        Action: [
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:PartiQLInsert',
          'dynamodb:PartiQLUpdate',
          'dynamodb:PartiQLDelete',
        ],
        Resource: arn,
        Condition: {
          ArnNotLike: { 'aws:PrincipalArn': expect.stringMatching(/AWSServiceRoleForDynamoDBReplication$/) },
          StringNotLike: { 'aws:userid': ['AROAOTHER:*'] },
        },
      },
    ]);
    expect(await probe()).toBe('refused');
    await fenceWrites(client, arn, { except: ['AROAOTHER:*', 'AROAMIGRATE:*'], sleep });
    expect(statements()).toHaveLength(1);
    expect(await probe()).toBe('open');
  });

  test('twice is once; a second look makes sure of it', async () => {
    await fenceWrites(client, arn, { except: ['AROAOTHER:*'], sleep });
    // As the service may give it back: a list of one as its member.
    store.policy = store.policy?.replace('["AROAOTHER:*"]', '"AROAOTHER:*"');
    await fenceWrites(client, arn, { except: ['AROAOTHER:*'], sleep });
    await liftFence(client, arn, { sleep });
    await liftFence(client, arn, { sleep });
    expect(store.changes).toEqual(['PutResourcePolicy', 'DeleteResourcePolicy']);
    expect(pauses).toEqual([3_000, 3_000]);
  });

  test.each([
    ['a list', policyOf(foreign)],
    ['a single one', JSON.stringify({ Version: '2008-10-17', Id: 'ours', Statement: foreign })],
  ])('statements of others stay as they are: %s', async (_what, before) => {
    store.policy = before;
    await fenceWrites(client, arn, { sleep });
    expect(JSON.parse(store.policy)).toMatchObject({ Id: 'ours', Version: JSON.parse(before).Version });
    expect(statements().map(({ Sid }) => Sid)).toEqual(['Readers', 'DynamigrateWriteFence']);
    await liftFence(client, arn, { sleep });
    expect(statements()).toEqual([foreign]);
    expect(store.changes).toEqual(['PutResourcePolicy', 'PutResourcePolicy']);
  });

  test('a policy that somebody changes at the same time is read again', async () => {
    const { intercept } = proxy;
    let meddled = false;
    proxy.intercept = (request) => {
      if (request.operation === 'PutResourcePolicy' && !meddled) {
        meddled = true;
        store.policy = policyOf(foreign);
        store.revision += 1;
      }
      return intercept(request);
    };
    expect(await fenceWrites(client, arn, { sleep })).toBe('fenced');
    expect(statements().map(({ Sid }) => Sid)).toEqual(['Readers', 'DynamigrateWriteFence']);
  });

  test('a stale read does not hide the fence, nor the policy of others', async () => {
    await fenceWrites(client, arn, { sleep });
    store.stale = [undefined];
    expect(await liftFence(client, arn, { sleep })).toBe('lifted');
    expect(store.policy).toBeUndefined();
    store.policy = policyOf(foreign);
    store.stale = [undefined, undefined];
    await fenceWrites(client, arn, { sleep });
    expect(statements().map(({ Sid }) => Sid)).toEqual(['Readers', 'DynamigrateWriteFence']);
  });

  test('a change too soon after another is made later; never is an error', async () => {
    store.busy = 6;
    expect(await fenceWrites(client, arn, { sleep })).toBe('fenced');
    // AWS refuses changes for 15 s.
    expect(pauses.reduce((total, ms) => total + ms, 0)).toBeGreaterThanOrEqual(15_000);
    store.busy = 1_000;
    await expect(liftFence(client, arn, { sleep })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      cause: expect.objectContaining({ name: 'LimitExceededException' }),
    });
    expect(await probe()).toBe('refused');
  });

  test('a table that is not there, or a policy that may not be read, rejects', async () => {
    proxy.intercept = () => serviceError('AccessDeniedException');
    await expect(fenceWrites(client, arn, { sleep })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    proxy.intercept = () => serviceError('ResourceNotFoundException');
    await expect(liftFence(client, arn, { sleep })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(probe()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe.each(engines)('$engine', ({ start }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine.close());

  test('it has no resource policies, and says so', async () => {
    await createTable(engine.client, 'ITEMS');
    expect(await fenceWrites(engine.client, arn)).toBe('unsupported');
    expect(await liftFence(engine.client, arn)).toBe('unsupported');
  });

  test.each(['S', 'N', 'B'] as const)('the probe writes nothing, whatever the key: %s', async (type) => {
    const table = `KEY_${type}`;
    await engine.client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'status', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'status', AttributeType: type },
          { AttributeName: 'at', AttributeType: type },
        ],
      }),
    );
    const keys = { partitionKey: 'status', sortKey: 'at' };
    const failed: string[] = [];
    const client = {
      send: (command: GetItemCommand) =>
        engine.client.send(command).catch((error: Error) => {
          failed.push(error.name);
          throw error;
        }),
    } as unknown as Engine['client'];
    await expect.poll(() => probeWrites(client, table, keys, { status: type, at: type })).toBe('open');
    // Refused by its condition: it would not have written either if there were such an item.
    expect(failed.at(-1)).toBe('ConditionalCheckFailedException');
    expect((await allItems(engine.client, table)).size).toBe(0);
  });
});
