import { type Example, exampleOf, type Field, property, quoted } from './source-text.js';

/** What a migration is written for. */
export interface TemplateInput {
  readonly id: string;
  readonly description: string;
  /** As migrations call it. */
  readonly table: string;
  /** One or two. */
  readonly keys: readonly Field[];
  /** The attributes beside the keys. */
  readonly fields: readonly Field[];
  /** The name that a migration which makes a table makes of its own. */
  readonly newTable: string;
}

/** The text of a migration, and what its test says. */
export interface Template {
  readonly migration: string;
  readonly test: TemplateTest;
}

export interface TemplateTest {
  readonly before: readonly Example[];
  readonly after: readonly Example[];
  /** Of steps: the table that both lists are of, and what it was made with. */
  readonly steps?: { readonly table: string; readonly existed: boolean; readonly keys: readonly Field[] };
  readonly isMove?: boolean;
  readonly hasWayBack: boolean;
}

/** The attribute that a template does something with: a text where there is one, and never a key. */
export function chosenField(input: TemplateInput): Field {
  const name = input.fields.find((field) => field.type === 'string')?.name ?? unusedName('name', input);
  return { name, type: 'string', optional: true };
}

/** The chosen field is optional, for somewhere there is an item without it. */
export function fieldsOf(input: TemplateInput): readonly Field[] {
  const chosen = chosenField(input);
  return [...input.keys, chosen, ...otherFields(input)];
}

export function otherFields(input: TemplateInput): readonly Field[] {
  const { name } = chosenField(input);
  return input.fields.filter((field) => field.name !== name);
}

/** A name that no attribute has. */
export function unusedName(wanted: string, { keys, fields }: TemplateInput): string {
  const taken = new Set([...keys, ...fields].map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`;
  return name;
}

/** Two items: one with everything, with these texts in place of made up ones, and one with what it must have. */
export function examplesOf(input: TemplateInput, texts: Example): Example[] {
  return [1, 2].map((index) => {
    const fields = fieldsOf(input).filter(({ optional }) => index === 1 || !optional);
    const entries = fields.map((field) => [field.name, (index === 1 && texts[field.name]) || exampleOf(field, index)]);
    for (const key of input.keys.filter(({ type }) => type === 'string'))
      entries.push([key.name, quoted(String(index))]);
    return Object.fromEntries(entries) as Example;
  });
}

/** Without these attributes. */
export function without(example: Example, ...names: readonly string[]): Example {
  return Object.fromEntries(Object.entries(example).filter(([name]) => !names.includes(name)));
}

/** `table<Before, After>('USERS', { partitionKey: 'id' })`: what `table` is given after its types. */
export function tableArguments({
  table,
  keys: [partitionKey, sortKey],
}: Pick<TemplateInput, 'table' | 'keys'>): string {
  const keys = [
    ...(partitionKey ? [`partitionKey: ${quoted(partitionKey.name)}`] : []),
    ...(sortKey ? [`sortKey: ${quoted(sortKey.name)}`] : []),
  ];
  return `(${quoted(table)}, { ${keys.join(', ')} })`;
}

/** `{ name: 'id', type: 'S' }` */
export function keyAttribute({ name, type }: Field): string {
  const types: Readonly<Record<string, string>> = { number: 'N', Uint8Array: 'B' };
  return `{ ${property('name')}: ${quoted(name)}, type: '${types[type] ?? 'S'}' }`;
}
