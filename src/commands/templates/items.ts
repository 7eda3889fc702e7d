import { interfaceOf, member, property, quoted } from './source-text.js';
import {
  chosenField,
  examplesOf,
  fieldsOf,
  otherFields,
  type Template,
  type TemplateInput,
  tableArguments,
  unusedName,
  without,
} from './template.js';

const imports = "import { defineMigration, table } from 'dynamigrate';\n";

export function renameTemplate(input: TemplateInput): Template {
  const { name } = chosenField(input);
  const to = renamed(name, input);
  const before = examplesOf(input, { [name]: "'Ann Smith'" });
  return {
    migration: `${imports}
${interfaceOf('Before', fieldsOf(input))}

${interfaceOf('After', [...input.keys, { ...chosenField(input), name: to }, ...otherFields(input)])}

export default defineMigration({
  description: ${quoted(input.description)},
  table: table<Before, After>${tableArguments(input)},
  up: (items) => items.rename(${quoted(name)}, ${quoted(to)}),
  // down is derived: it renames back
});
`,
    test: {
      before,
      after: before.map((item) => ({ ...without(item, name), ...(item[name] && { [to]: item[name] }) })),
      hasWayBack: true,
    },
  };
}

export function addTemplate(input: TemplateInput): Template {
  const name = unusedName('active', input);
  const fields = fieldsOf(input);
  const before = examplesOf(input, {});
  return {
    migration: `${imports}
${interfaceOf('Before', fields)}

${interfaceOf('After', [...fields, { name, type: 'boolean' }])}

export default defineMigration({
  description: ${quoted(input.description)},
  table: table<Before, After>${tableArguments(input)},
  up: (items) => items.add(${quoted(name)}, true),
  // down is derived: it removes the attribute
});
`,
    test: { before, after: before.map((item) => ({ ...item, [name]: 'true' })), hasWayBack: true },
  };
}

export function convertTemplate(input: TemplateInput): Template {
  const { name } = chosenField(input);
  const before = examplesOf(input, { [name]: "'Ann Smith'" });
  return {
    migration: `${imports}
${interfaceOf('Before', fieldsOf(input))}

${interfaceOf('After', [...input.keys, { name, type: 'string[]', optional: true }, ...otherFields(input)])}

export default defineMigration({
  description: ${quoted(input.description)},
  table: table<Before, After>${tableArguments(input)},
  // A text becomes the list of its words. \`needed\` tells values in the old form from those in the new.
  up: (items) =>
    items.convert(${quoted(name)}, {
      to: (text) => text.split(' '),
      from: (words) => words.join(' '),
      needed: (value) => typeof value === 'string',
    }),
  // down is derived from \`from\`
});
`,
    test: {
      before,
      after: before.map((item) => ({ ...item, ...(item[name] && { [name]: "['Ann', 'Smith']" }) })),
      hasWayBack: true,
    },
  };
}

export function splitTemplate(input: TemplateInput): Template {
  const { name } = chosenField(input);
  const [first, last] = [unusedName('first', input), unusedName('last', input)];
  const parts = [first, last].map((part) => ({ name: part, type: 'string', optional: true }));
  const before = examplesOf(input, { [name]: "'Ann Smith'" });
  return {
    migration: `${imports}
${interfaceOf('Before', fieldsOf(input))}

${interfaceOf('After', [...input.keys, ...parts, ...otherFields(input)])}

function splitText({ ${property(name)}: text, ...item }: Before): After {
  if (text === undefined) return item;
  const at = text.indexOf(' ');
  return at === -1 ? { ...item, ${first}: text } : { ...item, ${first}: text.slice(0, at), ${last}: text.slice(at + 1) };
}

function joinText({ ${first}, ${last}, ...item }: After): Before {
  if (${first} === undefined) return item;
  return { ...item, ${property(name)}: ${last} === undefined ? ${first} : \`\${${first}} \${${last}}\` };
}

export default defineMigration({
  description: ${quoted(input.description)},
  table: table<Before, After>${tableArguments(input)},
  // Pure: the same item in, the same item out. \`needed\` tells items in the old form from those in the new.
  up: (items) => items.map(splitText, { needed: (item) => ${quoted(name)} in item }),
  down: (items) => items.map(joinText, { needed: (item) => ${quoted(first)} in item }),
});
`,
    test: {
      before,
      after: before.map((item) => ({
        ...without(item, name),
        ...(item[name] && { [first]: "'Ann'", [last]: "'Smith'" }),
      })),
      hasWayBack: true,
    },
  };
}

export function mapTemplate(input: TemplateInput): Template {
  const { name } = chosenField(input);
  const made = unusedName('initial', input);
  const before = examplesOf(input, { [name]: "'Ann Smith'" });
  return {
    migration: `${imports}
${interfaceOf('Before', fieldsOf(input))}

${interfaceOf('After', [...fieldsOf(input), { name: made, type: 'string' }])}

export default defineMigration({
  description: ${quoted(input.description)},
  table: table<Before, After>${tableArguments(input)},
  // Pure: the same item in, the same item out. \`needed\` tells items in the old form from those in the new.
  up: (items) =>
    items.map((item): After => ({ ...item, ${made}: (${member('item', name)} ?? '').charAt(0) }), {
      needed: (item) => !(${quoted(made)} in item),
    }),
  down: (items) => items.map(({ ${made}: _, ...item }): Before => item, { needed: (item) => ${quoted(made)} in item }),
});
`,
    test: {
      before,
      after: before.map((item) => ({ ...item, [made]: item[name] ? "'A'" : "''" })),
      hasWayBack: true,
    },
  };
}

/** `fullName` for `name`. */
export function renamed(name: string, input: TemplateInput): string {
  const wanted = /^[a-z]/i.test(name) ? `new${name.charAt(0).toUpperCase()}${name.slice(1)}` : `new ${name}`;
  return unusedName(name === 'name' ? 'fullName' : wanted, input);
}
