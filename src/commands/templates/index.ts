import { addTemplate, convertTemplate, mapTemplate, renameTemplate, splitTemplate } from './items.js';
import { moveTemplate, rekeyTemplate, splitTableTemplate } from './moves.js';
import { indexTemplate, stepsTemplate } from './steps.js';
import type { Template, TemplateInput } from './template.js';
import type { TemplateName } from './template-names.js';
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
} as const satisfies Record<TemplateName, (input: TemplateInput) => Template>;

/** A complete migration file and its test, to be changed to what is meant. */
export function writeTemplate(
  name: TemplateName,
  input: TemplateInput,
): { readonly migration: string; readonly test: string } {
  const { migration, test } = templates[name](input);
  return { migration, test: testText(input.id, input.keys, test) };
}
