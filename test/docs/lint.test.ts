import { expect, test } from 'vitest';
import { lintCodes } from '../../src/lint/lint-codes.js';
import { readMarkdown } from './markdown.js';

const { headings, text } = readMarkdown('docs/lint.md');

test('docs/lint.md has each code, and no other', () => {
  const codes = headings.filter(({ level, text: heading }) => level === 2 && /^[a-z-]+$/.test(heading));
  expect(codes.map((heading) => heading.text).sort()).toEqual(Object.keys(lintCodes).sort());
});

test('each code has a way out, and a warning says that it is one', () => {
  const sections = text.split(/^#+ /m);
  for (const [code, { severity }] of Object.entries(lintCodes)) {
    const section = sections.find((one) => one.startsWith(`${code}\n`)) ?? '';
    expect(section, code).toContain('**Way out.**');
    expect(section.includes('A warning.'), code).toBe(severity === 'warning');
  }
});
