/** What `create` can begin a migration with. */
export const templateNames = ['rename', 'add', 'map', 'move', 'steps'] as const;

export type TemplateName = (typeof templateNames)[number];

export function isTemplate(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name);
}

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

/** A complete migration file, to be changed to what is meant. */
export function migrationTemplate(name: TemplateName, description: string, table = 'USERS'): string {
  return templates[name](JSON.stringify(description).slice(1, -1).replaceAll("'", "\\'"), table);
}

const templates: Record<TemplateName, (description: string, table: string) => string> = {
  rename: (description) => `import { defineMigration, table } from 'dynamigrate';

interface Before {
  id: string;
  name?: string;
}

interface After {
  id: string;
  fullName?: string;
}

export default defineMigration({
  description: '${description}',
  table: table<Before, After>('USERS'),
  up: (items) => items.rename('name', 'fullName'),
  // down is derived: it renames back
});
`,
  add: (description) => `import { defineMigration, table } from 'dynamigrate';

interface Before {
  id: string;
}

interface After {
  id: string;
  active: boolean;
}

export default defineMigration({
  description: '${description}',
  table: table<Before, After>('USERS'),
  up: (items) => items.add('active', true),
  // down is derived: it removes the attribute
});
`,
  map: (description) => `import { defineMigration, table } from 'dynamigrate';

interface Before {
  id: string;
  name?: string;
}

interface After {
  id: string;
  first?: string;
  last?: string;
}

export default defineMigration({
  description: '${description}',
  table: table<Before, After>('USERS'),
  // Pure: the same item in, the same item out. \`needed\` tells items in the old form from those in the new.
  up: (items) =>
    items.map(
      ({ name = '', ...item }): After => {
        const [first = '', ...rest] = name.split(' ');
        return { ...item, first, last: rest.join(' ') };
      },
      { needed: (item) => 'name' in item },
    ),
  down: (items) =>
    items.map(({ first = '', last = '', ...item }): Before => ({ ...item, name: \`\${first} \${last}\`.trim() }), {
      needed: (item) => 'first' in item,
    }),
});
`,
  move: (description) => `import { defineMigration, table } from 'dynamigrate';

interface Before {
  id: string;
  name?: string;
}

interface After {
  id: string;
  fullName?: string;
  active: boolean;
}

// Applications go on writing meanwhile. \`migrate up\` makes the new table, copies every item, keeps it level, and stops
// at a gate: the old table stays in use until somebody says \`migrate cutover <id>\`. After that \`migrate down\` still
// goes back, until \`migrate complete <id>\` ends the move.
export default defineMigration({
  description: '${description}',
  from: table<Before>('USERS', { partitionKey: 'id' }),
  to: table<After>('USERS_V2'),
  up: (items) => items.rename('name', 'fullName').add('active', true),
  // down is derived: it renames back, and removes \`active\` from items that had none
});
`,
  steps: (description, table) => `import { defineSteps } from 'dynamigrate';

interface Item {
  id: string;
}

export default defineSteps({
  description: '${description}',
  up: async (ctx) => {
    await ctx.step('create the table', () =>
      ctx.tables.create<Item>({ name: '${table}', partitionKey: { name: 'id', type: 'S' } }),
    );
  },
  down: async (ctx) => {
    await ctx.step('delete the table', () => ctx.tables.delete('${table}'));
  },
});
`,
};
