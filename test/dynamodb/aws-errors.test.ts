import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { explainAwsError, isTransient } from '../../src/dynamodb/aws-errors.js';
import { MigrateError } from '../../src/errors.js';

const named = (name: string, more: object = {}) => Object.assign(new Error(`${name} happened`), { name, ...more });

async function failureOf(client: DynamoDBClient): Promise<unknown> {
  try {
    await client.send(new ListTablesCommand({}));
  } catch (error) {
    return error;
  } finally {
    client.destroy();
  }
  throw new Error('nothing was thrown');
}

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

describe('explainAwsError', () => {
  test('a port where nobody listens', async () => {
    const endpoint = 'http://127.0.0.1:1';
    const thrown = await failureOf(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }));
    const error = explainAwsError(thrown, endpoint);
    expect(error).toMatchObject({
      code: 'ENDPOINT_UNREACHABLE',
      message: '`http://127.0.0.1:1` does not answer (ECONNREFUSED)',
      cause: thrown,
    });
  });

  test('a region that does not answer is no engine that could be started', () => {
    expect(explainAwsError(named('Error', { code: 'ENOTFOUND' }), 'DynamoDB in eu-moon-1')).toMatchObject({
      message: 'DynamoDB in eu-moon-1 does not answer (ENOTFOUND)',
      fix: expect.stringContaining('--region'),
    });
  });

  test('a name with two addresses, none of which answers', () => {
    const both = new AggregateError([
      named('Error', { code: 'ECONNREFUSED' }),
      named('Error', { code: 'ECONNREFUSED' }),
    ]);
    expect(explainAwsError(both, 'http://localhost:1')).toMatchObject({ code: 'ENDPOINT_UNREACHABLE' });
  });

  test('no credentials to be found', async () => {
    const thrown = await failureOf(
      new DynamoDBClient({
        endpoint: 'http://127.0.0.1:1',
        region: 'us-east-1',
        credentials: () => Promise.reject(named('CredentialsProviderError')),
      }),
    );
    expect(explainAwsError(thrown, 'x')).toMatchObject({ code: 'CREDENTIALS_INVALID', cause: thrown });
  });

  test('no region to be found', async () => {
    const region = (): Promise<string> => Promise.reject(new Error('Region is missing'));
    const client = new DynamoDBClient({ region, credentials });
    expect(explainAwsError(await failureOf(client), 'x')).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 64 });
  });

  test.each([
    ['ExpiredTokenException', 'CREDENTIALS_INVALID'],
    ['UnrecognizedClientException', 'CREDENTIALS_INVALID'],
    ['InvalidSignatureException', 'CREDENTIALS_INVALID'],
    ['AccessDeniedException', 'ACCESS_DENIED'],
    ['AccessDenied', 'ACCESS_DENIED'],
    ['TimeoutError', 'ENDPOINT_UNREACHABLE'],
  ])('%s → %s', (name, code) => {
    const error = explainAwsError(named(name), 'the endpoint') as MigrateError;
    expect(error).toMatchObject({ code, exitCode: 1 });
    expect(error.fix).toBeTruthy();
  });

  test('what it does not know, and what is explained already, stays as it was', () => {
    const unknown = named('ValidationException');
    const own = new MigrateError('LOCK_HELD', 'held', { cause: named('AccessDeniedException') });
    for (const error of [unknown, own, 'text', undefined]) expect(explainAwsError(error, 'x')).toBe(error);
  });
});

describe('isTransient', () => {
  test.each([
    ['ThrottlingException', {}, true],
    ['ProvisionedThroughputExceededException', {}, true],
    ['RequestLimitExceeded', {}, true],
    ['TransactionConflictException', {}, true],
    ['InternalServerError', {}, true],
    ['SomethingNew', { $metadata: { httpStatusCode: 503 } }, true],
    ['Error', { code: 'ECONNRESET' }, true],
    ['ValidationException', { $metadata: { httpStatusCode: 400 } }, false],
    ['InvalidSignatureException', { $metadata: { httpStatusCode: 403, clockSkewCorrected: true } }, true],
    ['InvalidSignatureException', { $metadata: { httpStatusCode: 403 } }, false],
    ['ConditionalCheckFailedException', {}, false],
    ['AccessDeniedException', {}, false],
  ])('%s %o: %s', (name, more, expected) => {
    expect(isTransient(named(name, more))).toBe(expected);
  });
});
