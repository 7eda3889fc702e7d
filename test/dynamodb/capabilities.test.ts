import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeCapabilities } from '../../src/dynamodb/capabilities.js';
import { startDynalite } from '../support/dynalite.js';
import { allItems, createTable } from '../support/tables.js';
import { type Engine, engines } from './engines.js';

const probe = { tableName: 'META', key: { id: { S: 'probe' } } };

describe.each(engines)('$engine', ({ engine, start }) => {
  let server: Engine;

  beforeAll(async () => {
    server = await start();
    await createTable(server.client, 'META');
  });
  afterAll(() => server.close());

  test('what it can do, found out again and again on one row', async () => {
    const expected = { partiql: engine !== 'dynalite', documentEquality: engine !== 'dynalite' };
    for (let count = 0; count < 2; count++) expect(await probeCapabilities(server.client, probe)).toEqual(expected);
    expect([...(await allItems(server.client, 'META')).keys()]).toEqual(['probe']);
  });
});

describe('by what the endpoint says', () => {
  const answering = async (fault: (command: string) => void) => {
    const server = await startDynalite();
    try {
      await createTable(server.client, 'META');
      server.client.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            fault(String(commandName));
            return next(args);
          },
        { step: 'initialize' },
      );
      return await probeCapabilities(server.client, probe);
    } finally {
      await server.close();
    }
  };
  const throwing = (command: string, name: string) => (sent: string) => {
    if (sent === command) throw Object.assign(new Error(name), { name });
  };

  test('a policy that denies PartiQL leaves single updates', async () => {
    const denied = answering(throwing('BatchExecuteStatementCommand', 'AccessDeniedException'));
    expect(await denied).toEqual({ partiql: false, documentEquality: false });
  });

  test.each([
    ['BatchExecuteStatementCommand', 'SomethingElse'],
    ['UpdateItemCommand', 'AccessDeniedException'],
  ])('%s failing with %s is not a capability', async (command, name) => {
    await expect(answering(throwing(command, name))).rejects.toMatchObject({ name });
  });
});
