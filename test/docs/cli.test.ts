import { describe, expect, test } from 'vitest';
import type { Argv } from 'yargs';
import { globalOptions } from '../../src/cli/global-options.js';
import { verbs } from '../../src/cli/verbs/index.js';
import { errorCodes } from '../../src/error-codes.js';
import { anchorOf, readMarkdown } from './markdown.js';

const { headings, text } = readMarkdown('docs/cli.md');

/** The flags that a verb gives to yargs. */
function flagsOf(builder: (yargs: Argv) => Argv): string[] {
  const flags: string[] = [];
  const recorder: unknown = new Proxy(
    {},
    {
      get: (_target, method) => (name: unknown) => {
        if (method === 'option' || method === 'options') flags.push(...(typeof name === 'string' ? [name] : []));
        return recorder;
      },
    },
  );
  builder(recorder as Argv);
  return flags;
}

/** What is under a heading of the third level. */
function sectionOf(heading: string): string {
  return text.split(/^### /m).find((section) => section.startsWith(`${heading}\n`)) ?? '';
}

describe.each(verbs)('migrate $command', ({ command, builder }) => {
  const escaped = command.replaceAll('<', '&lt;').replaceAll('>', '&gt;');

  test('has a heading and a line in the table', () => {
    expect(headings.map((heading) => heading.text)).toContain(escaped);
    expect(text).toContain(`| [\`${command}\`](#${anchorOf(command)}) |`);
  });

  test('has its flags described', () => {
    const described = /^(?:up|down)$/.test(command) ? sectionOf('up') + sectionOf('down') : sectionOf(escaped);
    const missing = flagsOf(builder).filter((flag) => !new RegExp(`\`--${flag}[ \`]`).test(described));
    expect(missing).toEqual([]);
  });
});

test('the recorder of flags records them', () => {
  const up = verbs.find(({ command }) => command === 'up');
  const flags = ['to', 'step', 'dry-run', 'max-item-errors', 'read', 'write', 'plan', 'stay'];
  expect(up && flagsOf(up.builder)).toEqual(flags);
});

test.each(Object.keys(globalOptions))('--%s and its variable are described', (flag) => {
  expect(text).toMatch(
    new RegExp(`^\\| \`--${flag}[ \`].*\`MIGRATE_${flag.toUpperCase().replaceAll('-', '_')}\` \\|$`, 'm'),
  );
});

test('every exit code is described', () => {
  const table = text.slice(text.indexOf('## Exit codes'), text.indexOf('## Signals'));
  const missing = Object.values(errorCodes).filter(({ exitCode }) => !new RegExp(`\\b${exitCode}\\b`).test(table));
  expect(missing).toEqual([]);
});
