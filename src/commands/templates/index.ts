import { addTemplate, convertTemplate, mapTemplate, renameTemplate, splitTemplate } from './items.js';
import { moveTemplate, rekeyTemplate, splitTableTemplate } from './moves.js';
import { indexTemplate, stepsTemplate } from './steps.js';
import type { Template, TemplateInput } from './template.js';
import { testText } from './test-text.js';

const templates = {
  rename: renameTemplate,
  add: addTemplate,
  convert: convertTemplate,
  split: splitTemplate,
  map: mapTemplate,
  move: moveTemplate,
  rekey: rekeyTemplate,
  'split-table': splitTableTemplate,
  index: indexTemplate,
  steps: stepsTemplate,
} as const satisfies Record<string, (input: TemplateInput) => Template>;

export type TemplateName = keyof typeof templates;

/** What `create` can begin a migration with. */
export const templateNames = Object.keys(templates) as readonly TemplateName[];

export function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(templates, name);
}

/** A complete migration file and its test, to be changed to what is meant. */
export function writeTemplate(
  name: TemplateName,
  input: TemplateInput,
): { readonly migration: string; readonly test: string } {
  const { migration, test } = templates[name](input);
  return { migration, test: testText(input.id, input.keys, test) };
}
