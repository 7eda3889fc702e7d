/** What a new project begins with: items for the next migration to change. */
export const firstMigration = `import { defineSteps } from 'dynamigrate';

interface User {
  id: string;
  name: string;
}

const samples: User[] = [
  { id: '1', name: 'Ann Smith' },
  { id: '2', name: 'Bob Jones' },
];

export default defineSteps({
  description: 'Create USERS',
  up: async (ctx) => {
    await ctx.step('create the table', () =>
      ctx.tables.create<User>({ name: 'USERS', partitionKey: { name: 'id', type: 'S' } }),
    );
    await ctx.step('write two sample items', async () => {
      for (const Item of samples) await ctx.documents.put({ TableName: ctx.tableName('USERS'), Item });
    });
  },
  down: async (ctx) => {
    await ctx.step('delete the table', () => ctx.tables.delete('USERS'));
  },
});
`;

export const firstTest = `import { afterAll, beforeAll, expect, test } from 'vitest';
import 'dynamigrate/testing/vitest';
import { type MigrationUnderTest, openMigration } from 'dynamigrate/testing';

const users = [
  { id: '1', name: 'Ann Smith' },
  { id: '2', name: 'Bob Jones' },
];
const timeout = 60_000;
let migration: MigrationUnderTest;

// An engine in memory, of this test alone.
beforeAll(async () => {
  migration = await openMigration('001-create-users');
}, timeout);
afterAll(() => migration?.close());

test('makes the table and two users', () => expect(migration).toMigrate({ USERS: null }, { USERS: users }), timeout);
test('finds its way back', () => expect(migration).toRoundTrip(), timeout);
test('goes on where it was killed', () => expect(migration).toResumeAfterAnyCrash(), timeout);
`;

export const localEnvironment = `import type { EnvironmentConfig } from 'dynamigrate';

/** An embedded DynamoDB: nothing to install, data kept in .dynalite/. */
export const local: EnvironmentConfig = { engine: 'dynalite', path: '.dynalite' };
`;

export const productionEnvironment = `import type { EnvironmentConfig } from 'dynamigrate';

/** A sample: put in your region and account. \`migrate up --env production\` refuses any other account. */
export const production: EnvironmentConfig = {
  region: 'eu-central-1',
  accountId: '000000000000',
  protected: true,
  tableName: (name) => \`prod-\${name}\`,
  metaTable: 'prod-dynamigrate',
};
`;
