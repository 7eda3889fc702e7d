// How much sooner a backfill ends with a second process: `node bench/two-processes.mjs`, after `npm run build`.
//
// The endpoint answers Scan, BatchWriteItem and BatchGetItem of the two tables from memory, after a set latency; all else
// (tables, meta table) is dynalite's, after a shorter one. So it is the round trips of a process that limit it, as in
// AWS, and not the endpoint. The time counts from the first page, once every process holds segments, to the last write.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';

const root = fileURLToPath(new URL('..', import.meta.url));
const items = Number(process.env.ITEMS ?? 40_000);
const latencyMs = Number(process.env.LATENCY_MS ?? 100);
const metaLatencyMs = 5;
const rounds = Number(process.env.ROUNDS ?? 3);
const id = '001-rename';
const migration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a to b',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('a', 'b'),
});
`;

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

/** An item of segment `segment`, by its number there. */
const itemOf = (segment, index) => ({
  id: { S: `${segment}-${index}` },
  a: { S: 'x'.repeat(100) },
  n: { N: `${index}` },
});

function scan({ Segment = 0, TotalSegments = 1, ExclusiveStartKey, Limit = 1_000 }) {
  const size = Math.ceil(items / TotalSegments);
  const from = ExclusiveStartKey ? Number(ExclusiveStartKey.id.S.split('-')[1]) + 1 : 0;
  const to = Math.min(size, from + Limit);
  const Items = Array.from({ length: to - from }, (_, index) => itemOf(Segment, from + index));
  return {
    Items,
    Count: Items.length,
    ScannedCount: Items.length,
    ...(to < size && { LastEvaluatedKey: { id: Items.at(-1).id } }),
  };
}

function batchGet({ RequestItems }) {
  const Responses = {};
  for (const [name, { Keys }] of Object.entries(RequestItems)) {
    Responses[name] = Keys.map(({ id: key }) => itemOf(...key.S.split('-').map(Number)));
  }
  return { Responses, UnprocessedKeys: {} };
}

/** @returns the milliseconds from the first page to the last write of the backfill, with so many processes. */
async function measure(processes) {
  const dynalite = createRequire(import.meta.url)('dynalite')({ createTableMs: 0 });
  await listen(dynalite);
  let open;
  const gate = new Promise((resolve) => {
    open = resolve;
  });
  let written = 0;
  let ended;
  const done = new Promise((resolve) => {
    ended = resolve;
  });
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks);
    if (/^(?:Scan|BatchWriteItem|BatchGetItem)$/.test(operation)) {
      const body = JSON.parse(text);
      if (operation === 'Scan') await gate;
      await delay(latencyMs);
      const answer = operation === 'Scan' ? scan(body) : operation === 'BatchGetItem' ? batchGet(body) : {};
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
      if (operation === 'BatchWriteItem') written += body.RequestItems.NEW.length;
      if (written >= items) ended();
      return;
    }
    await delay(metaLatencyMs);
    // What a process sent last before it was killed.
    if (!dynalite.listening) return;
    const { method, url, headers } = request;
    const onward = httpRequest({ port: dynalite.address().port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.end(text);
  });
  await listen(server);
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${dynalite.address().port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  await client.send(
    new CreateTableCommand({
      TableName: 'OLD',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  const metaTable = `meta-${processes}-${Date.now()}`;
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  mkdirSync(join(folder, 'migrations'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/dynamigrate'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, `migrations/${id}.mjs`), migration);
  const config = `export default { metaTable: '${metaTable}', environments: { local: { endpoint: '${endpoint}', leaseSeconds: 60 } } };`;
  writeFileSync(join(folder, 'migrate.config.mjs'), config);
  const start = (...args) => {
    const argv = [join(root, 'dist/cli/main.js'), ...args, '--quiet'];
    const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    return child.once('exit', () => process.exit(1));
  };
  const holders = async () => {
    const found = await client
      .send(
        new QueryCommand({
          TableName: metaTable,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `checkpoints#${id}` } },
        }),
      )
      .catch(() => ({ Items: [] }));
    return new Set(found.Items.flatMap(({ pid }) => pid?.N ?? [])).size;
  };

  const children = [start('up')];
  while ((await holders()) < 1) await delay(50);
  for (let more = 1; more < processes; more++) children.push(start('work', id));
  while ((await holders()) < processes) await delay(50);
  const startedAt = performance.now();
  open();
  await done;
  const elapsed = performance.now() - startedAt;
  await Promise.all(
    children.map((child) => {
      child.removeAllListeners().kill('SIGKILL');
      return once(child, 'exit');
    }),
  );
  client.destroy();
  for (const one of [server, dynalite]) {
    one.close();
    one.closeAllConnections();
  }
  rmSync(folder, { recursive: true, force: true });
  return elapsed;
}

const ratios = [];
for (let round = 0; round < rounds; round++) {
  const one = await measure(1);
  const two = await measure(2);
  ratios.push(two / one);
  console.log(
    `${items} items, ${latencyMs} ms: one ${(one / 1_000).toFixed(1)} s, two ${(two / 1_000).toFixed(1)} s, ratio ${(two / one).toFixed(2)}`,
  );
}
ratios.sort((a, b) => a - b);
console.log(`median ratio ${ratios[Math.floor(ratios.length / 2)].toFixed(2)}`);
process.exit(0);
