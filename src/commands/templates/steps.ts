import { quoted } from './source-text.js';
import { chosenField, examplesOf, keyAttribute, type Template, type TemplateInput } from './template.js';

export function indexTemplate(input: TemplateInput): Template {
  const chosen = chosenField(input);
  const index = quoted(`by-${chosen.name.replace(/[^\w.-]+/g, '-')}`);
  const before = examplesOf(input, { [chosen.name]: "'Ann Smith'" });
  return {
    migration: `import { defineSteps } from 'dynamigrate';

// DynamoDB fills the index while applications go on; \`up\` waits until it can be used. Items without the attribute are
// not in it. On a provisioned table it needs a \`throughput\`; every write to the table then costs a write to it too.
export default defineSteps({
  description: ${quoted(input.description)},
  up: async (ctx) => {
    await ctx.step('add the index', () =>
      ctx.tables.addIndex(${quoted(input.table)}, {
        name: ${index},
        partitionKey: ${keyAttribute(chosen)},
        projection: 'KEYS_ONLY',
      }),
    );
  },
  down: async (ctx) => {
    await ctx.step('drop the index', () => ctx.tables.dropIndex(${quoted(input.table)}, ${index}));
  },
});
`,
    test: {
      before,
      after: before,
      steps: { table: input.table, existed: true, keys: input.keys },
      hasWayBack: true,
    },
  };
}

export function stepsTemplate({ description, newTable }: TemplateInput): Template {
  const table = quoted(newTable);
  const keys = [{ name: 'id', type: 'string' }];
  return {
    migration: `import { defineSteps } from 'dynamigrate';

interface Item {
  id: string;
}

export default defineSteps({
  description: ${quoted(description)},
  up: async (ctx) => {
    await ctx.step('create the table', () =>
      ctx.tables.create<Item>({ name: ${table}, partitionKey: { name: 'id', type: 'S' } }),
    );
  },
  down: async (ctx) => {
    await ctx.step('delete the table', () => ctx.tables.delete(${table}));
  },
});
`,
    test: { before: [], after: [], steps: { table: newTable, existed: false, keys }, hasWayBack: true },
  };
}
