import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withIamTables } from './iam-tables.js';

const path = fileURLToPath(new URL('../../docs/iam.md', import.meta.url));

/** `UPDATE_DOCS=1 npx vitest run test/docs/iam.test.ts` writes them anew. */
test('the tables of docs/iam.md are those that policies and roles are made from', async () => {
  const written = await readFile(path, 'utf8');
  const wanted = withIamTables(written);
  if (process.env.UPDATE_DOCS) await writeFile(path, wanted);
  else expect(written).toBe(wanted);
});
