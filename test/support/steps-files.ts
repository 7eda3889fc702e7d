const text = `import { defineSteps } from 'dynamigrate';\nexport default defineSteps({ description: 'x', up: async () => {}, down: async () => {} });\n`;

/** The files of migrations that do nothing, both ways. */
export function stepsFiles(...ids: string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.map((id) => [`migrations/${id}.mjs`, text]));
}
