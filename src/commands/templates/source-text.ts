/** An attribute of the items that a template is about, as TypeScript knows it. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
}

/** An item as source text: a literal for each attribute. */
export type Example = Readonly<Record<string, string>>;

/** A string literal. Names come from tables and people, and must not become code. */
export function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}

/** The name of a property, in quotes where it has to be. */
export function property(name: string): string {
  return isIdentifier(name) ? name : quoted(name);
}

/** `item.name`, or `item['first name']`. */
export function member(object: string, name: string): string {
  return isIdentifier(name) ? `${object}.${name}` : `${object}[${quoted(name)}]`;
}

export function interfaceOf(name: string, fields: readonly Field[]): string {
  const lines = fields.map((field) => `  ${property(field.name)}${field.optional ? '?' : ''}: ${field.type};`);
  return [`interface ${name} {`, ...lines, '}'].join('\n');
}

/** `[\n  { id: '1' },\n]` */
export function listOf(examples: readonly Example[]): string {
  const lines = examples.map((example) => {
    const members = Object.entries(example).map(([name, text]) => `${property(name)}: ${text}`);
    return `  { ${members.join(', ')} },`;
  });
  return ['[', ...lines, ']'].join('\n');
}

/** A value of a type, another for each `index`. */
export function exampleOf({ name, type }: Field, index: number): string {
  const known: Readonly<Record<string, string>> = {
    string: quoted(`${name} ${index}`),
    number: String(index),
    boolean: String(index % 2 === 1),
    null: 'null',
    Uint8Array: `new Uint8Array([${index}])`,
    'Set<string>': `new Set(['${index}'])`,
    'Set<number>': `new Set([${index}])`,
    'Set<Uint8Array>': `new Set([new Uint8Array([${index}])])`,
    'unknown[]': `['${index}']`,
    'Record<string, unknown>': `{ n: ${index} }`,
  };
  return known[type.split(' | ')[0] ?? ''] ?? quoted(String(index));
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__';
}
