import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbLocalFiles } from '../../src/engine/dynamodb-local-files.js';
import { startJava } from '../../src/engine/start-java.js';

export interface DynamoDbLocal {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  readonly close: () => Promise<void>;
}

/**
 * Whether Java is here. In CI it has to be: a suite that skips what it cannot run proves nothing.
 *
 * @throws in CI without Java.
 */
export async function hasJava(): Promise<boolean> {
  try {
    await promisify(execFile)('java', ['-version']);
    return true;
  } catch {
    if (process.env.CI) throw new Error('DynamoDB Local needs Java, and CI must run its tests: install a JRE >= 17');
    console.warn('Java is not installed: the tests that need DynamoDB Local are left out');
    return false;
  }
}

/** Starts Amazon's DynamoDB Local, in memory, on a free port; 1 to 4 s, and once a download of 57 MB. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const server = await startJava({ files: await dynamoDbLocalFiles() });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    endpoint,
    client,
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}
