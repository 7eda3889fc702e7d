import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { createTable } from '../support/tables.js';

const talkative = `import { defineSteps } from 'dynamigrate';
console.log('hello from the file');
export default defineSteps({
  description: 'Talk',
  up: async (ctx) => { ctx.log('logged'); await ctx.step('one', () => console.log('hello from a step')); },
  down: async (ctx) => { ctx.log('back'); },
});
`;

let server: Dynalite;
let project: Project;

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server.client, 'USERS');
  project = await createProject({ endpoint: server.endpoint, files: { 'migrations/001-talk.mjs': talkative } });
});
afterAll(async () => {
  await project.dispose();
  await server.close();
});

test('stdout is one JSON document, whatever the command and its end', async () => {
  const shape = (await project.json('status')) as unknown as Record<string, unknown>;
  const commands: [string[], number][] = [
    [['up', '--dry-run'], 0],
    [['up'], 0],
    [['status', '001-talk'], 0],
    [['status', '--exit-code'], 0],
    [['count', 'USERS'], 0],
    [['count', 'ORDERS'], 1],
    [['errors', '001-talk'], 0],
    [['down'], 0],
    [['baseline', '001-talk', '--reason', 'x'], 0],
    [['repair', '001-talk', '--reason', 'x'], 0],
    [['unlock', '--reason', 'x'], 0],
    [['unlock'], 8],
    [['create', 'next', '--template', 'steps'], 0],
    [['init'], 64],
    [['status', '--env', 'nowhere'], 64],
    [['nonsense'], 64],
    [[], 64],
  ];
  for (const [args, exitCode] of commands) {
    const { stdout, stderr, code } = await project.run(...args, '--json');
    expect({ args, code, stderr }).toMatchObject({ args, code: exitCode });
    const report = JSON.parse(stdout) as Report;
    expect(report.exitCode, args.join(' ')).toBe(exitCode);
    expect(report.ok).toBe(report.error === null);
    expect(Object.keys(report)).toEqual(expect.arrayContaining(Object.keys(shape)));
    if (args[0] !== 'nonsense' && args[0] !== undefined) expect(report.command).toBe(args[0]);
  }
}, 120_000);

describe('MIGRATE_* variables', () => {
  const withEnv = async (env: Record<string, string>, ...args: string[]) => {
    const other = await createProject({ endpoint: 'http://127.0.0.1:1', env: { ...env } });
    try {
      return await other.run(...args);
    } finally {
      await other.dispose();
    }
  };

  test('set what flags set, and others are left alone', async () => {
    const env = { MIGRATE_ENDPOINT: server.endpoint, MIGRATE_JSON: '1', MIGRATE_REGION: 'eu-west-1', MIGRATE_X: 'y' };
    const { stdout, code } = await withEnv(env, 'status');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ command: 'status', ok: true, env: 'local', region: 'eu-west-1' });
  });

  test('flags beat them', async () => {
    const env = { MIGRATE_ENDPOINT: 'http://127.0.0.1:2', MIGRATE_ENV: 'nowhere', MIGRATE_JSON: 'false' };
    const { stdout, code } = await withEnv(env, 'status', '--endpoint', server.endpoint, '--env', 'local', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, env: 'local' });
  });

  test('a number that is none is an error of usage', async () => {
    const { stderr, code } = await withEnv({ MIGRATE_LOCK_TIMEOUT: 'soon' }, 'status');
    expect(code).toBe(64);
    expect(stderr).toMatch(/^USAGE: .*lock-timeout/);
  });
});
