import { expect, test } from 'vitest';
import { writeTemplate } from '../../src/commands/templates/index.js';
import type { TemplateInput } from '../../src/commands/templates/template.js';
import { templateNames } from '../../src/commands/templates/template-names.js';
import { compileExamples } from '../docs/compile-examples.js';

const inputs: Readonly<Record<string, Pick<TemplateInput, 'keys' | 'fields'>>> = {
  // What templates call things themselves, and names that are no identifiers.
  EVENTS: {
    keys: [
      { name: 'name', type: 'string' },
      { name: 'at', type: 'number' },
    ],
    fields: [
      { name: 'type', type: 'string', optional: true },
      { name: 'count', type: 'number | string' },
      { name: "it's `$x`", type: 'string', optional: true },
      { name: 'tags', type: 'Set<string>', optional: true },
      ...['item', 'text', 'first', 'last', 'words'].map((name) => ({ name, type: 'string', optional: true })),
      { name: 'bin', type: 'Uint8Array' },
    ],
  },
  // No text to do anything with, and the made up name is taken by the key.
  NUMBERS: { keys: [{ name: 'name', type: 'number' }], fields: [{ name: 'fullName', type: 'number' }] },
  NOTHING: { keys: [{ name: 'id', type: 'Uint8Array' }], fields: [] },
};

test('what every template makes of a sampled table compiles, and so does its test', () => {
  const blocks = Object.entries(inputs).flatMap(([table, known]) =>
    templateNames.flatMap((template) => {
      const id = `001-${template}-${table}`;
      const text = writeTemplate(template, { ...known, id, table, description: "it's `$x`", newTable: 'NEW' });
      return [
        { language: 'ts', path: `${id}.ts`, text: text.migration },
        { language: 'ts', path: `${id}.test.ts`, text: text.test },
      ];
    }),
  );
  expect(blocks).toHaveLength(2 * 3 * templateNames.length);
  expect(compileExamples({ path: 'sampled', text: '', blocks, headings: [], links: [] })).toEqual([]);
});
