import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * DynamoDB Local in a temporary folder, kept running while the demo lasts; where it cannot be had, dynalite, which each
 * command opens for itself.
 */
export async function startEngine({ screen, signal }) {
  const folder = await mkdtemp(join(tmpdir(), 'dynamigrate-demo-'));
  try {
    return await startDynamoDbLocal({ folder, screen, signal });
  } catch (error) {
    if (error?.code !== 'ENGINE_FAILED') {
      await remove(folder);
      throw error;
    }
    screen.say(`DynamoDB Local is missing: ${error.message}`);
    screen.say('Install a JRE 17 or newer to see the whole demo: a move under live writes, which needs streams.');
    screen.say('What follows is the offline variant, on dynalite: the same commands, and nobody who writes.');
    return openDynalite(folder);
  }
}

async function startDynamoDbLocal({ folder, screen, signal }) {
  const { startDynamoDbLocal: start } = await import('../../dist/engine/dynamodb-local.js');
  const { MigrateError } = await import('../../dist/errors.js');
  // Before the download, which would be for nothing.
  if (spawnSync('java', ['-version']).error) throw new MigrateError('ENGINE_FAILED', 'there is no `java` on the PATH');
  const path = join(folder, '.dynamodb-local');
  const running = await start({ path, signal, idleMs: 0, onFetch: screen.say });
  return {
    hasStreams: true,
    folder,
    environment: "engine: 'dynamodb-local', path: '.dynamodb-local'",
    name: running.name,
    /** Runs `work` with how to reach the engine. */
    use: (work) => work(running),
    async dispose() {
      const server = JSON.parse(await readFile(join(path, 'server.json'), 'utf8').catch(() => '{}'));
      await running.close();
      // Its watchdog ends it as soon as it sees that nobody is left.
      for (let tries = 0; isAlive(server.java?.pid) && tries < 100; tries++) await delay(100);
      await remove(folder);
    },
  };
}

function openDynalite(folder) {
  const path = join(folder, '.dynalite');
  return {
    hasStreams: false,
    folder,
    environment: "engine: 'dynalite', path: '.dynalite'",
    name: 'dynalite',
    async use(work) {
      const { startDynalite } = await import('../../dist/engine/dynalite.js');
      const running = await startDynalite({ path, lockTimeoutMs: 10_000 });
      try {
        return await work(running);
      } finally {
        await running.close();
      }
    },
    dispose: () => remove(folder),
  };
}

function isAlive(pid) {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

const remove = (folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 });
