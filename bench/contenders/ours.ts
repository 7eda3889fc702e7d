import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count, type MigrateEvent, up } from 'dynamigrate';
import type { Contender, Job, Meter, Task } from './contender.js';

// The commands as anybody calls them, with their lock, their checkpoints, their checks and their verify.

export const copyMigration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'copy',
  from: table('SOURCE'),
  to: table('TARGET'),
  target: { expect: true },
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
});
`;
export const rewriteMigration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'rewrite',
  table: table('SOURCE'),
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
});
`;

/** From the event that `begins` to the one that `ends`. */
function between(
  migration: string,
  begins: (event: MigrateEvent) => boolean,
  ends: (event: MigrateEvent) => boolean,
): Task {
  return (job, meter) =>
    inProject(job, migration, async (cwd) => {
      // What comes after is another task's.
      const over = new AbortController();
      const onEvent = (event: MigrateEvent) => {
        if (begins(event)) meter.start();
        if (!ends(event)) return;
        meter.stop();
        over.abort();
      };
      await up({ cwd, endpoint: job.endpoint, processEnv: {}, onEvent, signal: over.signal }).catch((error) => {
        if (!over.signal.aborted) throw error;
      });
    });
}

const entered = (phase: string) => (event: MigrateEvent) => event.type === 'phase' && event.phase === phase;
const is = (type: MigrateEvent['type']) => (event: MigrateEvent) => event.type === type;

export const contender: Contender = {
  tasks: {
    copy: between(copyMigration, entered('backfill'), entered('verify')),
    verify: between(copyMigration, entered('verify'), entered('ready')),
    rewrite: between(rewriteMigration, is('started'), is('finished')),
    count: (job: Job, meter: Meter) =>
      inProject(job, rewriteMigration, async (cwd) => {
        meter.start();
        await count({ cwd, endpoint: job.endpoint, processEnv: {}, tables: ['SOURCE'] });
        meter.stop();
      }),
  },
};

/** Runs `work` in a project with one migration; `environment` is more of the environment's source. */
export async function inProject(
  job: Job,
  migration: string,
  work: (cwd: string) => Promise<unknown>,
  environment = '',
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'dynamigrate-bench-'));
  try {
    await mkdir(join(cwd, 'migrations'));
    await mkdir(join(cwd, 'node_modules'));
    await symlink(fileURLToPath(new URL('../../..', import.meta.url)), join(cwd, 'node_modules/dynamigrate'));
    await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
    await writeFile(join(cwd, 'migrations/001-bench.js'), migration);
    await writeFile(
      join(cwd, 'migrate.config.mjs'),
      `export default { environments: { local: { endpoint: '${job.endpoint}', region: 'us-east-1'${environment} } } };\n`,
    );
    await work(cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
