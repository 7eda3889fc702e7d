import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import { bundleSync } from '../../src/sync-lambda/bundle.js';
import { type GenerateSyncOptions, generateSync } from '../../src/sync-lambda/generate.js';
import { stackNameOf } from '../../src/sync-lambda/stack-name.js';
import { cdkFolder, includeTemplate } from './cdk.js';

const id = '002-move';
const text = (body = '') => `import { defineMigration, table } from 'dynamigrate';
${body}
export default defineMigration({
  description: 'Rename prefVal',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('prefVal', 'value'),
});
`;
const definition = defineMigration({
  description: 'Rename prefVal',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('prefVal', 'value'),
});
const streamArn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/OLD/stream/2026-11-28T00:00:00.000';

let folder: string;
const folders: string[] = [];

async function migrationIn(body = ''): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'dynamigrate-bundle-'));
  folders.push(made);
  await writeFile(join(made, `${id}.ts`), text(body));
  return join(made, `${id}.ts`);
}

beforeAll(async () => {
  folder = await migrationIn();
});
afterAll(() => Promise.all(folders.map((made) => rm(made, { recursive: true }))));

const bundle = (path: string, more = {}) => bundleSync({ id, path, checksum: 's1:abc', toolVersion: '1.2.3', ...more });

function optionsFor(path: string, more: Partial<GenerateSyncOptions> = {}): GenerateSyncOptions {
  return {
    migration: { id, path, checksum: 's1:abc', definition },
    environment: 'production',
    region: 'eu-central-1',
    toolVersion: '1.2.3',
    source: 'prod-OLD',
    target: 'prod-NEW',
    metaTable: 'prod-dynamigrate',
    sourceStreamArn: streamArn,
    keys: { id: 'S', at: 'N' },
    sample: { id: { S: 'secret' }, at: { N: '7' }, prefVal: { S: 'secret' }, more: { M: { secret: { N: '4711' } } } },
    ...more,
  };
}

describe('the bundle', () => {
  test('is small, has the SDK left to the runtime and no tool inside, and says what it was made of', async () => {
    const { code, map, manifest } = await bundle(folder);
    expect(Buffer.byteLength(code)).toBeLessThan(120 * 1024);
    expect(manifest).toMatchObject({ migration: id, checksum: 's1:abc', toolVersion: '1.2.3', sdk: 'runtime' });
    const imported = [...code.matchAll(/import(?:[\w$*{}, ]*from|\()"([^"]+)"/g)].map(([, from = '']) => from);
    const foreign = imported.filter((from) => !from.startsWith('node:') && !from.startsWith('@aws-sdk/'));
    expect(foreign).toEqual([]);
    expect(imported).toContain('@aws-sdk/client-dynamodb');
    const { sources } = JSON.parse(map) as { sources: string[] };
    expect(sources).toContain(`${id}.ts`);
    expect(sources.filter((source) => /node_modules|\.\.\//.test(source))).toEqual([]);
  });

  test('is the same, byte for byte, from another folder', async () => {
    const [one, other] = [await bundle(folder), await bundle(await migrationIn())];
    expect(other.manifest).toEqual(one.manifest);
    expect(other.map === one.map).toBe(true);
    expect(other.code === one.code).toBe(true);
    const { code } = await bundle(await migrationIn("export const used = 'x'; globalThis.used = used;"));
    expect(code === one.code).toBe(false);
  });

  test('can have the SDK inside', async () => {
    const { code, manifest } = await bundle(folder, { bundleSdk: true });
    expect(manifest.sdk).toBe('bundled');
    expect(code).not.toMatch(/from\s*["']@aws-sdk/);
  });

  test.each([
    ["import { up } from 'dynamigrate';\nvoid up;", /import only `defineMigration`/],
    ["import nothing from './not-there.js';\nvoid nothing;", /correct what the message names/],
    ["import yargs from 'yargs';\nvoid yargs;", /may import files and packages|only what its transform needs/],
  ])('refuses %s', async (body, fix) => {
    await expect(bundle(await migrationIn(body))).rejects.toMatchObject({
      code: 'BUNDLE_FAILED',
      migration: id,
      fix: expect.stringMatching(fix),
    });
  });
});

interface Template {
  readonly Resources: Record<string, { Type: string; Condition?: string; Properties: Record<string, never> }>;
}

describe('the template', () => {
  test('names tables and actions, and no wildcard of either', async () => {
    const { template } = await generateSync(optionsFor(folder));
    const { Resources } = parse(template) as Template;
    const statements = Object.values(Resources).flatMap(({ Properties }) => {
      const { Policies, PolicyDocument } = Properties as Record<string, { Statement?: unknown[] } | unknown>;
      const documents = Array.isArray(Policies) ? Policies.map((policy) => policy.PolicyDocument) : [PolicyDocument];
      return documents.flatMap((document) => (document as { Statement?: object[] } | undefined)?.Statement ?? []);
    }) as { Action: string[]; Resource: unknown[] }[];
    expect(statements.length).toBeGreaterThan(15);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const wild = statements.filter(({ Resource }) => /"\*"|table\/\*/.test(JSON.stringify(Resource)));
    expect(wild).toEqual([]);
  });

  test('follows from the oldest record, gives up before DynamoDB does, and keeps what was given up', async () => {
    const { template } = await generateSync(optionsFor(folder));
    const { Resources, Parameters } = parse(template);
    expect(Resources.SyncMapping.Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['SyncLettersQueue', 'Arn'] } } },
    });
    expect(Parameters.MaximumRecordAge.MaxValue).toBeLessThan(24 * 3_600);
    expect(Parameters.SourceStreamArn.Default).toBe(streamArn);
    // The reverse sync is there, and nothing calls it before the cutover has switched on its stream.
    expect(Resources.ReverseSyncFunction.Condition).toBeUndefined();
    expect(Resources.ReverseSyncMapping.Condition).toBe('HasTargetStream');
    expect(Parameters.TargetStreamArn.Default).toBe('');
  });

  test('has the worker and the state machine where functions copy, and the bundle a handler for it', async () => {
    const { template, files, manifest } = await generateSync(optionsFor(folder, { backfill: true }));
    const { Resources } = parse(template);
    expect(Resources.WorkerFunction.Properties.Handler).toBe('index.worker');
    expect(Resources.WorkerFunction.Properties.Environment.Variables.BUDGET).toBeUndefined();
    expect(Resources.BackfillStateMachine.Properties.StateMachineName).toBe('prod-dynamigrate-002-move-backfill');
    expect(String(files['index.mjs'])).toMatch(/ as worker[,}]/);
    expect(manifest.bytes).toBeLessThan(120 * 1024);
    const budget = { write: '25%', onDemand: { write: 4_000 } } as const;
    const limited = await generateSync(optionsFor(folder, { backfill: true, budget }));
    const { BUDGET } = parse(limited.template).Resources.WorkerFunction.Properties.Environment.Variables;
    expect(JSON.parse(BUDGET)).toEqual(budget);
    const { template: without } = await generateSync(optionsFor(folder));
    expect(parse(without).Resources.WorkerFunction).toBeUndefined();
  });

  test('is data, whatever names say', async () => {
    const hostile = `no: "x"\n  - y # {{z}} \${AWS::AccountId} !Ref`;
    const { template } = await generateSync(
      optionsFor(folder, { migration: { ...optionsFor(folder).migration, id: hostile }, source: 'yes', target: '012' }),
    );
    const { Parameters, Metadata } = parse(template, { version: '1.1' });
    expect(Metadata.Dynamigrate.Migration).toBe(hostile);
    expect([Parameters.SourceTable.Default, Parameters.TargetTable.Default]).toEqual(['yes', '012']);
  });

  test('has no finding of the CloudFormation linter', async () => {
    const cfnLint = await promisify(execFile)('cfn-lint', ['--version']).then(
      () => true,
      () => false,
    );
    if (!cfnLint) {
      if (process.env.CI) throw new Error('cfn-lint is not installed: `pip install cfn-lint`');
      console.warn('cfn-lint is not installed: the template is not linted');
      return;
    }
    for (const more of [{ backfill: true }, { targetStreamArn: streamArn.replace('OLD', 'NEW') }]) {
      const { template } = await generateSync(optionsFor(folder, more));
      const path = join(dirname(folder), 'template.yaml');
      await writeFile(path, template);
      const { stdout } = await promisify(execFile)('cfn-lint', ['--regions', 'eu-central-1', 'us-east-1', '--', path]);
      expect(stdout).toBe('');
    }
  });
});

test("the CDK's CfnInclude takes the template as it is", async () => {
  const cdk = await cdkFolder();
  if (cdk === undefined) return;
  const { template } = await generateSync(optionsFor(folder, { backfill: true }));
  const path = join(dirname(folder), 'included.yaml');
  await writeFile(path, template);
  const synthesized = JSON.parse(await includeTemplate(cdk, path));
  const { Resources, Parameters } = parse(template);
  expect(Object.keys(synthesized.Resources)).toEqual(expect.arrayContaining(Object.keys(Resources)));
  expect(synthesized.Resources.SyncMapping.Properties).toEqual(Resources.SyncMapping.Properties);
  expect(Object.keys(synthesized.Parameters)).toEqual(expect.arrayContaining(Object.keys(Parameters)));
}, 180_000);

test('the zip holds the bundle, the test event the shape of an item and nothing of what it says', async () => {
  const generated = await generateSync(optionsFor(folder));
  expect(Object.keys(unzipSync(generated.zip))).toEqual(['index.mjs', 'index.mjs.map']);
  expect((await generateSync(optionsFor(folder))).files).toEqual(generated.files);
  const event = JSON.parse(String(generated.files['test-event.json']));
  expect(event.Records[0]).toMatchObject({
    eventName: 'INSERT',
    eventSourceARN: streamArn,
    dynamodb: {
      Keys: { id: { S: 'dynamigrate-test-event' }, at: { N: '-1' } },
      NewImage: { prefVal: { S: 'example' }, more: { M: {} } },
    },
  });
  for (const contents of Object.values(generated.files)) expect(String(contents)).not.toMatch(/secret|4711/i);
});

test('stacks have names that CloudFormation allows, one for each move', () => {
  expect(stackNameOf('production', '002-move')).toBe('dynamigrate-production-002-move');
  const odd = ['002_move', '002.move', '002 move', 'x'.repeat(200), `${'x'.repeat(200)}y`];
  const names = odd.map((one) => stackNameOf('production', one));
  expect(new Set(names).size).toBe(odd.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
});
