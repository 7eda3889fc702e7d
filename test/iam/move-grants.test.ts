import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { united } from '../../src/iam/grant.js';
import { type GrantedPhase, moveGrants, movePhases } from '../../src/iam/move-grants.js';
import { policyOf, roles } from '../../src/iam/policy.js';
import { complete, cutover, down, up } from '../../src/index.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';

const id = '001-move';
const migration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b'),
});
`;

/** `source Scan`, of a phase: what is always called, and what is in some case. */
function actionsOf(phases: readonly GrantedPhase[], which: 'always' | 'ever'): Set<string> {
  const grants = phases.flatMap((phase) => moveGrants(phase));
  const chosen = grants.filter(({ when }) => which === 'ever' || when === undefined);
  return new Set(united(chosen).flatMap(({ on, actions }) => actions.map((action) => `${on} ${action}`)));
}

describe.runIf(await hasJava())('a whole move', () => {
  let server: DynamoDbLocal;
  let proxy: EngineProxy;
  let project: Project;
  let calls: Set<string>;

  beforeEach(async () => {
    server = await startDynamoDbLocal();
    proxy = await startProxy(server.endpoint);
    await createTable(server.client, 'OLD');
    await putItems(
      server.client,
      'OLD',
      Array.from({ length: 40 }, (_, index) => ({ id: { S: `item-${index}` }, a: { S: 'x' } })),
    );
    project = await createProject({
      endpoint: proxy.endpoint,
      environment: 'leaseSeconds: 3, cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }',
      files: { [`migrations/${id}.mjs`]: migration },
    });
    calls = new Set();
    proxy.intercept = ({ operation, input }) => {
      const text = JSON.stringify(input);
      const isStream = /stream/i.test(text) && ['DescribeStream', 'GetShardIterator', 'GetRecords'].includes(operation);
      const named = [...text.matchAll(/\b(OLD|NEW|dynamigrate)\b/g)].map(([, name = '']) => name);
      const [name = 'unknown'] = named;
      const place = { OLD: 'source', NEW: 'target', dynamigrate: 'meta' }[name] ?? name;
      const action = operation === 'BatchExecuteStatement' ? 'PartiQLUpdate' : operation;
      calls.add(`${place}${isStream ? ' stream' : ''} ${action}`);
      return undefined;
    };
  }, 120_000);

  afterEach(async () => {
    await project.dispose();
    await proxy.close();
    await server.close();
  });

  /** What these phases always call was called, and nothing that they never do, nor the phases that may be beside them. */
  function compare(phases: readonly GrantedPhase[], beside: readonly GrantedPhase[] = []): void {
    const [always, ever] = [actionsOf(phases, 'always'), actionsOf([...phases, ...beside], 'ever')];
    expect({
      missingInTheTable: [...calls].filter((call) => !ever.has(call)).sort(),
      neverCalled: [...always].filter((action) => !calls.has(action)).sort(),
    }).toEqual({ missingInTheTable: [], neverCalled: [] });
    calls.clear();
  }

  test('calls what the table says in its phases, and nothing else', async () => {
    const options = { cwd: project.directory, processEnv: {} };
    await up(options);
    compare(['look', 'prepare', 'sync', 'backfill', 'verify', 'live']);
    await putItems(server.client, 'OLD', [{ id: { S: 'item-1' }, a: { S: 'y' } }]);
    await cutover({ ...options, id });
    compare(['look', 'live', 'cutover']);
    await complete({ ...options, id });
    compare(['look', 'complete']);
    await down(options);
    // The cutover the other way round: the tables have changed places in it.
    compare(['look', 'verify', 'undo'], ['cutover', 'reverse']);
  }, 200_000);
});

describe('policies of people', () => {
  const tables = {
    region: 'eu-central-1',
    account: '123456789012',
    metaTable: 'dynamigrate',
    inPlace: ['USERS', 'ORDERS'],
    moves: [{ source: 'OLD', target: 'NEW', keysChange: false }],
  };
  const allowed = (role: (typeof roles)[number]) =>
    policyOf(role, tables).Statement.flatMap(({ Action, Resource }) =>
      Resource.flatMap((resource) => Action.map((action) => `${resource.split(':table/')[1]} ${action}`)),
    );

  test('name tables and actions; each role has what the one before has', () => {
    const [readOnly, runner, operator] = roles.map(allowed);
    expect(runner).toEqual(expect.arrayContaining(readOnly ?? []));
    expect(operator).toEqual(expect.arrayContaining(runner ?? []));
    expect(readOnly?.filter((one) => !/ dynamodb:(?:Describe\w+|GetItem|Query|Scan)$/.test(one))).toEqual([]);
    for (const one of operator ?? []) expect(one).toMatch(/^[A-Za-z]+(?:\/stream\/\*)? dynamodb:[A-Za-z]+$/);
  });

  test('let nobody delete a source, the runner switch nothing over, and no one do more than the table says', () => {
    const operator = allowed('operator');
    expect(operator).not.toContain('OLD dynamodb:DeleteTable');
    expect(operator).toContain('NEW dynamodb:DeleteTable');
    expect(allowed('runner').filter((one) => /ResourcePolicy|DeleteTable|OLD dynamodb:DeleteItem/.test(one))).toEqual([
      'OLD dynamodb:GetResourcePolicy',
      'NEW dynamodb:GetResourcePolicy',
    ]);
    const ever = [...actionsOf(movePhases, 'ever')].filter((one) => one.startsWith('source '));
    const onSource = operator
      .filter((one) => one.startsWith('OLD '))
      .map((one) => one.replace('OLD dynamodb:', 'source '));
    expect(onSource.filter((one) => !ever.includes(one))).toEqual([]);
  });
});
