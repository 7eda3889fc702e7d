import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';

const exec = promisify(execFile);

// The npm package that carries Amazon's DynamoDB Local. Its licence is for development and test, and forbids to
// pass it on, so it is fetched and never shipped.
const source = {
  spec: 'amplify-dynamodb-simulator@2.9.30',
  file: 'amplify-dynamodb-simulator-2.9.30.tgz',
  sha512: 'xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==',
};

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
    await exec('java', ['-version']);
    return true;
  } catch {
    if (process.env.CI) throw new Error('DynamoDB Local needs Java, and CI must run its tests: install a JRE >= 17');
    console.warn('Java is not installed: the tests that need DynamoDB Local are left out');
    return false;
  }
}

/** Starts Amazon's DynamoDB Local, in memory, on a free port; about 5 s, and once a download of 57 MB. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const folder = await fetchEmulator();
  const port = await freePort();
  const server = spawn(
    'java',
    [
      `-Djava.library.path=./DynamoDBLocal_lib`,
      '-jar',
      'DynamoDBLocal.jar',
      '-inMemory',
      '-sharedDb',
      '-port',
      `${port}`,
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await untilItAnswers(client, server);
  return {
    endpoint,
    client,
    async close() {
      client.destroy();
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await gone;
    },
  };
}

async function untilItAnswers(client: DynamoDBClient, server: ChildProcess): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (server.exitCode !== null || attempt > 100) throw error;
      await delay(200);
    }
  }
}

async function fetchEmulator(): Promise<string> {
  const cache = join(homedir(), '.cache', 'dynamigrate');
  const folder = join(cache, 'dynamodb-local-2.9.30');
  if (existsSync(folder)) return join(folder, 'package', 'emulator');
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    await exec('npm', ['pack', source.spec, '--silent'], { cwd: work });
    const archive = join(work, source.file);
    const found = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (found !== source.sha512) throw new Error(`${source.spec} is not what it was: sha512-${found}`);
    await exec('tar', ['xzf', source.file], { cwd: work });
    await rm(archive);
    // Test files run at once: whoever is second finds it in place.
    await rename(work, folder).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return join(folder, 'package', 'emulator');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
