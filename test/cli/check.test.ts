import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, type Project } from '../support/project.js';

let project: Project;
let requests = 0;
const server = createServer((_request, response) => {
  requests += 1;
  response.statusCode = 500;
  response.end();
});

beforeEach(async () => {
  requests = 0;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  project = await createProject({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterEach(async () => {
  await project.dispose();
  await new Promise((done) => server.close(done));
});

const migration = (chain: string) => `import { defineMigration, table } from 'dynamigrate';
interface User { id: string; createdAt: string; name?: string }
export default defineMigration({
  description: 'x',
  table: table<User>('USERS'),
  up: (items) => items${chain},
});
`;

test('a person is told where, what and the way out, and nobody is asked', async () => {
  await project.write('migrations/001-a.ts', migration(".add('at', () => Date.now())"));
  const { code, stdout, stderr } = await project.run('check', '--write');
  expect(code).toBe(4);
  expect(stderr).toBe('');
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    'migrations/001-a.ts',
    expect.stringMatching(/^6:40 +error +impure: reads `Date.now`/),
    expect.stringMatching(/^way out: put the value into the file/),
    '',
    'wrote the order file: commit it',
    '',
    expect.stringMatching(/^✖ 1 error, 0 warnings in 1 migration, types by TypeScript [\d.]+ of dynamigrate$/),
    '',
  ]);
  expect(requests).toBe(0);
});

test('the time zone of the machine is found, which no text tells', async () => {
  await project.write(
    'migrations/001-a.ts',
    migration(".add('hour', (item) => new Date(item.createdAt.length * 3.6e6).getHours())"),
  );
  const { check, exitCode, ok } = await project.json('check', '--write', '--skip-types');
  expect({ exitCode, ok }).toEqual({ exitCode: 4, ok: true });
  expect(check).toMatchObject({
    errors: 1,
    compiler: null,
    findings: [{ code: 'impure', file: 'migrations/001-a.ts' }],
  });
});

test('warnings fail with --strict alone; an embedded engine is not started', async () => {
  await project.write(
    'migrate.config.mjs',
    "export default { environments: { local: { engine: 'dynalite', path: 'data' } } };",
  );
  await project.write('migrations/001-a.ts', migration(".rename('name', 'fullName')"));
  expect(await project.run('check', '--write', '--skip-types')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('0 errors, 1 warning'),
  });
  expect(await project.run('check', '--strict', '--skip-types')).toMatchObject({ code: 4 });
  expect(existsSync(join(project.directory, 'data'))).toBe(false);
});
