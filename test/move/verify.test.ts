import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCutover } from '../../src/commands/cutover.js';
import { runVerify } from '../../src/commands/verify.js';
import { up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { openCheckpoints } from '../../src/ledger/checkpoints.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { serviceError } from '../../src/testing/intercept.js';
import { startProxy } from '../dynamodb/proxy.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { finished } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';
import { contentsOf, expectSame, scanAll } from './comparing.js';
import { inParallel, type MoveWorld, openMoveWorld, until, withLiveSync } from './verify-world.js';
import { startWriters } from './writers.js';

const id = '001-move';
const size = 20_000;
const source = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename text to body',
  from: table('NOTES'),
  to: table('NOTES2'),
  up: (items) => items.rename('text', 'body').add('lang', 'en'),
});
`;

const digits = '12345678901234567890123456789012345678';
const key = (index: number): RawItem => ({ id: { S: `note-${index}` } });
const note = (index: number): RawItem => ({ ...key(index), text: { S: `text ${index}` }, n: { N: digits } });
/** What the move makes of an item, written down once more. */
const moved = ({ text, ...item }: RawItem): RawItem => ({ lang: { S: 'en' }, ...item, ...(text && { body: text }) });

/** Items that applications write; those that are tampered with are not among them. */
const written = Array.from({ length: 2_000 }, (_, index) => key(10_000 + index));

describe.runIf(await hasJava())('verify, in a table of 20,000', () => {
  let server: DynamoDbLocal;
  let world: MoveWorld;

  beforeAll(async () => {
    server = await startDynamoDbLocal();
    // Long enough for a machine that is busy with 20,000 items.
    world = await openMoveWorld({ server, id, source, metaTable: 'verify-meta', environment: 'leaseSeconds: 10' });
    await createTable(server.client, 'NOTES');
    const items = Array.from({ length: size }, (_, index) => note(index));
    await inParallel(items, 8, (part) => putItems(server.client, 'NOTES', part));
    await up(world.options);
  }, 300_000);

  afterAll(async () => {
    await world?.dispose();
    await server?.close();
  });

  const verify = (options: { repair?: boolean; sample?: number; differences?: string } = {}) =>
    runVerify({ ...world.options, id, ...options });
  const gateOf = async () => (await runCutover({ ...world.options, id, dryRun: true })).report.gates?.[0];
  const startNoteWriters = (pauseMs: number) =>
    startWriters({
      client: server.client,
      tableName: 'NOTES',
      keys: written,
      itemOf: (one, random) => ({ ...one, text: { S: `text ${random()}` }, n: { N: digits } }),
      pauseMs,
    });

  test('no false difference while writers run at speed', async () => {
    const writers = startNoteWriters(0);
    const { report } = await withLiveSync(world.options, id, async () => {
      await world.following();
      const before = writers.written();
      const outcome = await verify();
      expect(writers.written()).toBeGreaterThan(before + 200);
      return outcome;
    }).finally(() => writers.stop());
    expect(report).toMatchObject({ exitCode: 0, error: null });
    expect(report.verify).toMatchObject({ missing: 0, extra: 0, different: 0, failed: 0, repaired: 0, samples: [] });
    expect(await gateOf()).toMatchObject({ name: 'verify', open: true });
  }, 180_000);

  test('one rounded number, one missing, one extra and one stale item are found, listed and mended', async () => {
    const put = (Item: RawItem) => server.client.send(new PutItemCommand({ TableName: 'NOTES2', Item }));
    await put({ ...moved(note(1)), n: { N: '12345678901234567525491324606797053952' } });
    await server.client.send(new DeleteItemCommand({ TableName: 'NOTES2', Key: key(2) }));
    await put(moved({ id: { S: 'intruder' }, text: { S: 'nobody wrote it' } }));
    await put({ ...moved(note(3)), body: { S: 'an older text' } });
    const file = join(world.project.directory, 'differences.jsonl');
    const writers = startNoteWriters(20);
    try {
      // The live sync of the command itself.
      const { report, failure } = await verify({ differences: 'differences.jsonl' });
      expect(failure?.code).toBe('VERIFY_MISMATCH');
      expect(report.exitCode).toBe(6);
      expect(report.verify).toMatchObject({ missing: 1, extra: 1, different: 2, failed: 0, repaired: 0 });
      const found = (kind: string, S: string, attributes: string[] = []) => {
        const text = JSON.stringify({ id: { S } });
        return { kind, sourceKey: text, targetKey: text, attributes, error: null };
      };
      const wanted = [
        found('different', 'note-1', ['n']),
        found('different', 'note-3', ['body']),
        found('extra', 'intruder'),
        found('missing', 'note-2'),
      ];
      const sorted = (list: readonly unknown[]) => list.map((one) => JSON.stringify(one)).sort();
      expect(sorted(report.verify?.samples ?? [])).toEqual(sorted(wanted));
      const text = await readFile(file, 'utf8');
      expect(text.trimEnd().split('\n').sort()).toEqual(sorted(wanted));
      expect(JSON.stringify(report) + text).not.toMatch(/older text|text 3|1234567890|nobody wrote/);
      expect(await gateOf()).toMatchObject({ name: 'verify', open: false });

      const { report: repaired } = await verify({ repair: true });
      expect(repaired).toMatchObject({ exitCode: 0, error: null });
      expect(repaired.verify).toMatchObject({ missing: 0, extra: 0, different: 0, failed: 0, repaired: 4 });
      expect((await verify()).report).toMatchObject({ exitCode: 0, verify: { repaired: 0, samples: [] } });
    } finally {
      await writers.stop();
    }
    await withLiveSync(world.options, id, () => world.caughtUp());
    const left = await scanAll(server.client, 'NOTES');
    expectSame(contentsOf(await scanAll(server.client, 'NOTES2'), ['id']), contentsOf(left.map(moved), ['id']));
  }, 240_000);

  test('what is on record as to be looked at again is brought level, and is no finding; nothing else is', async () => {
    const put = (Item: RawItem) => server.client.send(new PutItemCommand({ TableName: 'NOTES2', Item }));
    const rows = openObligations({ table: openMetaTable({ client: server.client, tableName: 'verify-meta' }) });
    // As a function leaves them that was killed with a write under way; 7 differs for no such reason.
    const stale = [5, 6, 7, 8].map(key);
    for (const one of stale) await put({ ...one, body: { S: 'an older text' } });
    const intents = [5, 6, 8].map((index) => ({ unit: key(index), keys: [key(index)] }));
    const batches = rows.bind(id, 'up', 'lambda killed');
    const stored = await batches.add([{ kind: 'reconcile', intents, inFlight: true }]);
    // Somebody else follows the stream, say, and this role may only look.
    const proxy = await startProxy(server.endpoint, ({ operation }) =>
      operation === 'BatchWriteItem' ? serviceError('AccessDeniedException') : undefined,
    );
    const { report: refused } = await runVerify({ ...world.options, id, endpoint: proxy.endpoint }).finally(
      proxy.close,
    );
    expect(refused).toMatchObject({ exitCode: 6, verify: { different: 4, repaired: 0 } });
    const { report } = await verify();
    expect(report).toMatchObject({ exitCode: 6, verify: { missing: 0, extra: 0, different: 1, repaired: 3 } });
    expect(report.verify?.samples).toMatchObject([{ sourceKey: JSON.stringify(key(7)) }]);
    // A write of the function may still land.
    const left: string[] = [];
    for await (const one of rows.listAll(id)) left.push(one.stored.id);
    expect(left).toEqual(expect.arrayContaining(stored.map((one) => one.id)));
    for (const one of stored) await batches.remove(one);
    expect((await verify({ repair: true })).report).toMatchObject({ exitCode: 0, verify: { repaired: 1 } });
  }, 120_000);

  test('a sample compares its share of the items, and opens no gate', async () => {
    await server.client.send(new DeleteItemCommand({ TableName: 'NOTES2', Key: key(4) }));
    const { code, stdout, stderr } = await world.project.run('verify', id);
    expect(code).toBe(6);
    expect(stdout).toMatch(/ compared, 1 missing\n {2}missing +\{"id":\{"S":"note-4"\}\}\n/);
    expect(stderr).toContain('VERIFY_MISMATCH: the tables differ: 1 missing');
    await server.client.send(new PutItemCommand({ TableName: 'NOTES2', Item: moved(note(4)) }));
    const { report } = await verify({ sample: 10 });
    expect(report.exitCode).toBe(0);
    expect(report.verify?.compared).toBeGreaterThan(0.08 * 2 * size);
    expect(report.verify?.compared).toBeLessThan(0.12 * 2 * size);
    expect(await gateOf()).toMatchObject({ open: false, value: expect.stringContaining('a sample only') });
    const refused = await runCutover({ ...world.options, id });
    expect(refused.report).toMatchObject({ exitCode: 8, error: { code: 'CUTOVER_REFUSED' } });
    for (const sample of [0, -1, 101, Number.NaN]) {
      expect((await verify({ sample })).report).toMatchObject({ exitCode: 64, error: { code: 'USAGE' } });
    }
  }, 120_000);

  test('stopped by a signal, then killed, it goes on where it was', async () => {
    /** Where a process began to read each segment of the source. */
    const began = new Map<unknown, unknown>();
    const proxy = await startProxy(server.endpoint, ({ operation, input }) => {
      if (operation !== 'Scan' || input.TableName !== 'NOTES' || began.has(input.Segment)) return undefined;
      began.set(input.Segment, input.ExclusiveStartKey);
      return undefined;
    });
    try {
      const checkpoints = openCheckpoints({
        table: openMetaTable({ client: server.client, tableName: 'verify-meta' }),
      });
      const run = async () => (await world.row())?.move?.verifying?.run;
      const saved = async (number: number) => {
        const lists = ['source', 'target'].map((side) => checkpoints.list(`${id}#verify-${side}`, number));
        return (await Promise.all(lists)).flat().reduce((sum, { pages }) => sum + pages, 0);
      };
      const last = (await run()) ?? 0;
      const start = () => {
        began.clear();
        return world.project.start('verify', id, '--endpoint', proxy.endpoint, '--json');
      };
      /** What is left to be read of the source, and from where on. */
      const left = async () =>
        (await checkpoints.list(`${id}#verify-source`, last + 1))
          .filter(({ done }) => !done)
          .map(({ segment, exclusiveStartKey }) => [segment, exclusiveStartKey]);
      const begins = () => [...began].sort(([a], [b]) => Number(a) - Number(b));
      async function stopAfter(pages: number, signal: NodeJS.Signals) {
        const child = start();
        const ended = finished(child);
        await until(async () => (await saved(last + 1)) >= pages);
        child.kill(signal);
        return ended;
      }

      const { code, stdout } = await stopAfter(8, 'SIGINT');
      expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 130, error: 'INTERRUPTED' });
      const afterFirst = await left();
      expect(afterFirst.some(([, startKey]) => startKey !== undefined)).toBe(true);
      await stopAfter((await saved(last + 1)) + 4, 'SIGKILL');
      // Not all segments are at work at once: those that it began, it began where they were left.
      const begun = begins();
      expect(begun).toEqual(afterFirst.filter(([segment]) => began.has(segment)));
      expect(begun.some(([, startKey]) => startKey !== undefined)).toBe(true);
      const afterSecond = await left();
      expect(afterSecond).not.toEqual(afterFirst);
      const { code: exitCode, stdout: text } = await finished(start());
      // What the killed one had under way may have been saved after we looked: not from the beginning, at least.
      for (const [segment, startKey] of afterSecond) {
        expect([segment, began.get(segment) === undefined]).toEqual([segment, startKey === undefined]);
      }
      expect({ exitCode, error: JSON.parse(text).error }).toEqual({ exitCode: 0, error: null });
      expect(await run()).toBe(last + 1);
      const items = (await scanAll(server.client, 'NOTES')).length;
      expect(JSON.parse(text).verify).toMatchObject({ compared: 2 * items, samples: [] });
      expect(await gateOf()).toMatchObject({ open: true });
    } finally {
      await proxy.close();
    }
  }, 120_000);
});
