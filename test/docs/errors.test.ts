import { expect, test } from 'vitest';
import { errorCodes } from '../../src/error-codes.js';
import { readMarkdown } from './markdown.js';

const { headings, text } = readMarkdown('docs/errors.md');
const codes = headings.filter(({ level }) => level === 2).map((heading) => heading.text);

test('docs/errors.md has each code, and no other', () => {
  expect([...codes].sort()).toEqual(Object.keys(errorCodes).sort());
});

test('each code is under its exit code', () => {
  const misplaced = Object.entries(errorCodes).filter(([code, { exitCode }]) => {
    const before = text.slice(0, text.indexOf(`\n## ${code}\n`));
    const chapter = [...before.matchAll(/^# (.+)$/gm)].at(-1)?.[1];
    return chapter !== (code === 'INTERRUPTED' ? 'Signals' : `Exit code ${exitCode}`);
  });
  expect(misplaced).toEqual([]);
});

test('each code has a way out', () => {
  const without = text
    .split(/^#+ /m)
    .filter((section) => /^[A-Z_]+\n/.test(section) && !section.includes('**Way out.**'));
  expect(without).toEqual([]);
});
