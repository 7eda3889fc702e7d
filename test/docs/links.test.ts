import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorOf, linkTarget, markdownFiles, readMarkdown, root } from './markdown.js';

describe.each(markdownFiles())('$path', ({ path, links }) => {
  const relativeLinks = links.filter((link) => !/^[a-z]+:/.test(link));

  test('its links lead to files and headings that are there', () => {
    const broken = relativeLinks.filter((link) => {
      const target = linkTarget(path, link);
      if (!existsSync(join(root, target.path))) return true;
      if (target.anchor === undefined) return false;
      return !readMarkdown(target.path).headings.some(({ text }) => anchorOf(text) === target.anchor);
    });
    expect(broken).toEqual([]);
  });
});

test('the README leads to every page of docs/', () => {
  const linked = readMarkdown('README.md').links.map((link) => linkTarget('README.md', link).path);
  const pages = markdownFiles().map(({ path }) => path);
  expect(linked).toEqual(expect.arrayContaining(pages.filter((path) => path !== 'README.md')));
});
