import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { createProject, type Project, type ProjectOptions } from '../support/project.js';
import { putItems } from '../support/tables.js';
import { contentsOf, expectSame, scanAll } from './comparing.js';
import { preference, preferenceV2, randomFrom } from './items.js';
import { createKeyedTable, type Marker, viewMove } from './live-move.js';

/** The founding case, with a sort key that is a number. */
export const id = '001-rename-and-add';
export const source = 'PREFERENCES';
export const target = 'PREFERENCESV2';
export const size = 2_000;
export const keys = Array.from(
  { length: size },
  (_, index): RawItem => ({ id: { S: `item-${index >> 2}` }, type: { N: `${index & 3}.5` } }),
);

const markerKey: RawItem = { id: { S: 'marker' }, type: { N: '0' } };
export const marker: Marker = { source, item: preference(markerKey, randomFrom(1)), target, key: markerKey };

const keyNames = ['id', 'type'];
const attributes = ['a.b #c', 'channel', 'count', 'id', 'preferenceValue', 'type'];
const migration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename prefVal, add channel',
  from: table('${source}'),
  to: table('${target}'),
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
});
`;

export async function createPreferences(client: DynamoDBClient): Promise<void> {
  const random = randomFrom(7);
  await createKeyedTable(client, source, { id: 'S', type: 'N' });
  await putItems(
    client,
    source,
    keys.map((key) => preference(key, random)),
  );
}

export function createPreferencesProject(
  endpoint: string,
  leaseSeconds: number,
  { environment = '', env = {} }: Pick<ProjectOptions, 'environment' | 'env'> = {},
): Promise<Project> {
  return createProject({
    endpoint,
    environment: `leaseSeconds: ${leaseSeconds}, ${environment}`,
    env,
    files: { [`migrations/${id}.mjs`]: migration },
  });
}

/** The target is what the source makes it, with nothing added, and nothing is left to be done. */
export async function expectLevel(client: DynamoDBClient): Promise<void> {
  await expectSameItems(client);
  await viewMove(client, id).expectNothingOpen();
}

/** The target is what the source makes it, with nothing added. */
export async function expectSameItems(client: DynamoDBClient): Promise<void> {
  const found = await scanAll(client, target);
  const wanted = (await scanAll(client, source)).map(preferenceV2);
  expectSame(contentsOf(found, keyNames), contentsOf(wanted, keyNames));
  expect([...new Set(found.flatMap((item) => Object.keys(item)))].sort()).toEqual(attributes);
}
