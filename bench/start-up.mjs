// What it costs to start: `node bench/start-up.mjs`, after `npm run build`.
//
// `migrate status` of a project with ten applied migrations, beside a process that loads the DynamoDB client and sends the
// same requests, one after the other. Both against dynalite in a process of its own. Prints medians and their ratios.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist/cli/main.js');
const rounds = Number(process.env.ROUNDS ?? 15);
const require = createRequire(import.meta.url);

const directory = mkdtempSync(join(tmpdir(), 'start-up-'));
const bare = join(directory, 'bare.mjs');
const env = {
  PATH: process.env.PATH,
  HOME: directory,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
const server = spawn(process.execPath, ['--input-type=module', '-e', serverText()], {
  stdio: ['pipe', 'pipe', 'inherit'],
});

try {
  const [line] = await once(server.stdout, 'data');
  const endpoint = `http://127.0.0.1:${String(line).trim()}`;
  writeProject(endpoint);
  run([cli, 'up']);
  run([cli, 'status']);
  writeFileSync(bare, bareText(endpoint, await requestsOf([cli, 'status'])));
  run([bare]);

  const contenders = {
    'a process that loads the client and sends the same requests': () => run([bare]),
    '`migrate status`': () => run([cli, 'status']),
    '`migrate status`, nothing kept from before': () => {
      rmSync(join(directory, 'node_modules/.cache'), { recursive: true, force: true });
      return run([cli, 'status']);
    },
    '`migrate --help`': () => run([cli, '--help']),
  };
  const figures = new Map(Object.keys(contenders).map((name) => [name, []]));
  // In turns, so that a busy moment of the machine does not fall on one alone.
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) figures.get(name).push(measure());
    // The one after the emptied cache fills it; it does not count.
    run([cli, 'status']);
  }
  print(figures);
} finally {
  server.kill();
  rmSync(directory, { recursive: true, force: true });
}

function print(figures) {
  const first = figures.values().next().value;
  const floor = { ms: median(first, 'ms'), cpu: median(first, 'cpu') };
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; medians of ${rounds}\n`);
  console.log('| | ms | × | CPU ms | × |\n|---|---:|---:|---:|---:|');
  for (const [name, all] of figures) {
    const [ms, cpu] = [median(all, 'ms'), median(all, 'cpu')];
    const cells = [ms.toFixed(0), (ms / floor.ms).toFixed(2), cpu.toFixed(0), (cpu / floor.cpu).toFixed(2)];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

function median(all, key) {
  const sorted = all.map((one) => one[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs a process to its end: its time, and the CPU of all of its threads, as it says itself. */
function run(args) {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['-r', join(directory, 'cpu.cjs'), ...args], {
    cwd: directory,
    env,
    encoding: 'utf8',
  });
  const ms = performance.now() - from;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return { ms, cpu: Number(readFileSync(join(directory, 'cpu'), 'utf8')) };
}

function writeProject(endpoint) {
  mkdirSync(join(directory, 'node_modules/@aws-sdk'), { recursive: true });
  symlinkSync(root, join(directory, 'node_modules/dynamigrate'));
  symlinkSync(
    join(root, 'node_modules/@aws-sdk/client-dynamodb'),
    join(directory, 'node_modules/@aws-sdk/client-dynamodb'),
  );
  const files = {
    'cpu.cjs': `const { isMainThread } = require('node:worker_threads');
if (isMainThread) process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  require('node:fs').writeFileSync(${JSON.stringify(join(directory, 'cpu'))}, String((user + system) / 1_000));
});`,
    'package.json': '{ "type": "module" }',
    'migrate.config.ts': `import { defineConfig } from 'dynamigrate';
import { local } from './config/local.js';
export default defineConfig({ environments: { local } });`,
    'config/local.ts': `import type { EnvironmentConfig } from 'dynamigrate';
export const local: EnvironmentConfig = { endpoint: '${endpoint}', region: 'us-east-1' };`,
    'migrations/001-create-users.ts': `import { defineSteps } from 'dynamigrate';
export default defineSteps({
  description: 'Create USERS',
  up: async (ctx) => {
    await ctx.step('create', () => ctx.tables.create({ name: 'USERS', partitionKey: { name: 'id', type: 'S' } }));
  },
  down: async (ctx) => {
    await ctx.step('delete', () => ctx.tables.delete('USERS'));
  },
});`,
  };
  for (let n = 2; n <= 10; n++) {
    files[`migrations/0${String(n).padStart(2, '0')}-rename.ts`] =
      `import { defineMigration, table } from 'dynamigrate';
interface User { id: string; a${n}?: string }
export default defineMigration({
  description: 'Rename a${n}',
  table: table<User>('USERS'),
  up: (items) => items.rename('a${n}', 'b${n}'),
});`;
  }
  for (const folder of ['config', 'migrations']) mkdirSync(join(directory, folder));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

/** What a command asks of DynamoDB: operation and body. */
async function requestsOf(args) {
  server.stdin.write('begin\n');
  run(args);
  server.stdin.write('tell\n');
  const [line] = await once(server.stdout, 'data');
  return JSON.parse(String(line));
}

function serverText() {
  return `import dynalite from ${JSON.stringify(require.resolve('dynalite'))};
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
let seen = [];
server.on('request', (request) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => seen.push([request.headers['x-amz-target'].replace(/^.*\\./, ''), JSON.parse(body)]));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('data', (text) => {
  if (String(text).includes('tell')) console.log(JSON.stringify(seen));
  else seen = [];
});`;
}

function bareText(endpoint, requests) {
  const names = [...new Set(requests.map(([operation]) => `${operation}Command`))];
  const calls = requests.map(
    ([operation, input]) => `await client.send(new ${operation}Command(${JSON.stringify(input)}));`,
  );
  return `import { DynamoDBClient, ${names.join(', ')} } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({ endpoint: '${endpoint}', region: 'us-east-1' });
${calls.join('\n')}
client.destroy();`;
}
