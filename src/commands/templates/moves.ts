import { renamed } from './items.js';
import { interfaceOf, member, quoted } from './source-text.js';
import {
  chosenField,
  examplesOf,
  fieldsOf,
  keyAttribute,
  otherFields,
  type Template,
  type TemplateInput,
  tableArguments,
  unusedName,
  without,
} from './template.js';

const imports = "import { defineMigration, table } from 'dynamigrate';\n";
const gates = `// Applications go on writing meanwhile. \`migrate up\` makes the new table, copies every item, keeps it level, and stops
// at a gate: the old table stays in use until somebody says \`migrate cutover <id>\`. After that \`migrate down\` still
// goes back, until \`migrate complete <id>\` ends the move.`;

export function moveTemplate(input: TemplateInput): Template {
  const { name } = chosenField(input);
  const to = renamed(name, input);
  const added = unusedName('active', input);
  const before = examplesOf(input, { [name]: "'Ann Smith'" });
  const after = [
    ...input.keys,
    { ...chosenField(input), name: to },
    ...otherFields(input),
    { name: added, type: 'boolean' },
  ];
  return {
    migration: `${imports}
${interfaceOf('Before', fieldsOf(input))}

${interfaceOf('After', after)}

${gates}
export default defineMigration({
  description: ${quoted(input.description)},
  from: table<Before>${tableArguments(input)},
  to: table<After>(${quoted(suffixed(input.table, 'V2'))}),
  up: (items) => items.rename(${quoted(name)}, ${quoted(to)}).add(${quoted(added)}, true),
  // down is derived: it renames back, and removes \`${added.replaceAll('`', '')}\` from items that had none
});
`,
    test: {
      before,
      after: before.map((item) => ({
        ...without(item, name),
        ...(item[name] && { [to]: item[name] }),
        [added]: 'true',
      })),
      isMove: true,
      hasWayBack: true,
    },
  };
}

export function rekeyTemplate(input: TemplateInput): Template {
  const chosen = chosenField(input);
  const { name } = chosen;
  const before = examplesOf(input, { [name]: "'ann@example.com'" });
  return {
    migration: `${imports}
${interfaceOf('Before', fieldsOf(input))}

${interfaceOf('After', [...input.keys, { name, type: 'string' }, ...otherFields(input)])}

// Another key makes another table. Items without the new key stay behind, and two items must not share one: \`up\` says
// which do, and waits. The old key stays on every item, so that a new item is found when its old one changes.
export default defineMigration({
  description: ${quoted(input.description)},
  from: table<Before>${tableArguments(input)},
  to: table<After>(${quoted(suffixed(input.table, `BY_${name.toUpperCase()}`))}),
  up: (items) =>
    items
      .filter((item): item is After => ${member('item', name)} !== undefined && ${member('item', name)} !== '')
      .rekey({ partitionKey: ${keyAttribute(chosen)} }),
  irreversible: 'another key',
});
`,
    test: { before, after: before.filter((item) => item[name]), isMove: true, hasWayBack: false },
  };
}

export function splitTableTemplate(input: TemplateInput): Template {
  const name = input.fields.find((field) => /^(?:_?type|kind|entity)$/i.test(field.name))?.name ?? 'type';
  const others = input.fields.filter((field) => field.name !== name);
  const whole = { ...input, fields: [{ name, type: 'string', optional: true }, ...others] };
  const before = examplesOf(whole, { [name]: "'USER'" });
  return {
    migration: `${imports}
${interfaceOf('Item', fieldsOf(whole))}

${interfaceOf('User', [...input.keys, { name, type: "'USER'" }, ...others])}

// One kind of items gets a table of its own; the others, and the old table, stay. Read-only copies of the users are left
// in it: delete them once the move is complete.
export default defineMigration({
  description: ${quoted(input.description)},
  from: table<Item>${tableArguments(input)},
  to: table<User>(${quoted(suffixed(input.table, 'USER'))}),
  up: (items) => items.filter((item): item is User => ${member('item', name)} === 'USER'),
});
`,
    test: { before, after: before.filter((item) => item[name] === "'USER'"), isMove: true, hasWayBack: true },
  };
}

/** The name of another table; DynamoDB takes fewer characters than attributes have. */
function suffixed(table: string, suffix: string): string {
  return `${table}_${suffix.replace(/[^\w.-]+/g, '_')}`.slice(0, 255);
}
