import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pack } from '../package/pack.js';
import { type CodeBlock, readMarkdown } from './markdown.js';

interface Job {
  readonly steps?: readonly { readonly run?: string }[];
  readonly script?: readonly string[];
}

const { blocks } = readMarkdown('docs/guide.md');
const planned = 'npx migrate plan --env production --markdown > plan.md';
let archive: string | undefined;
let directory: string | undefined;

afterAll(async () => {
  for (const folder of [directory, archive && dirname(archive)]) if (folder) await rm(folder, { recursive: true });
});

/** What a job of a pipeline runs. */
function jobOf(path: string, name: string): readonly string[] {
  const text = blocks.find((block) => block.path === path)?.text ?? '';
  const document = parse(text) as Record<string, Job> & { jobs?: Record<string, Job> };
  const job = (document.jobs ?? document)[name];
  return job?.script ?? job?.steps?.flatMap(({ run = [] }) => run) ?? [];
}

/** A command as it is typed; the package comes from its archive, as it is not published from here. */
function asTyped({ language, path, text }: CodeBlock): string {
  if (language === 'sh') return text.replace('--save-dev dynamigrate', `--save-dev --prefer-offline ${archive}`);
  // `text` is for looking at.
  if (path === undefined) return '';
  return `mkdir -p "${dirname(path)}"\ncat > "${path}" <<'END OF FILE'\n${text}END OF FILE\n`;
}

test('both pipelines check the same, plan the same, and then migrate', () => {
  const check = ['npm ci', 'npx tsc', 'npx migrate check', 'npx vitest run'];
  const deploy = 'npx migrate up --env production --yes';
  const comments = {
    '.github/workflows/migrations.yml': /^gh pr comment .* plan\.md$/,
    '.gitlab-ci.yml': /^curl .*@plan\.md /,
  };
  for (const [path, comment] of Object.entries(comments)) {
    expect(jobOf(path, 'check')).toEqual(check);
    expect(jobOf(path, 'plan').slice(-3)).toEqual(['npm ci', planned, expect.stringMatching(comment)]);
    expect(jobOf(path, 'deploy').at(-1)).toBe(deploy);
  }
});

test('the guide works, followed to the letter in an empty directory', async () => {
  archive = await pack();
  directory = await mkdtemp(join(tmpdir(), 'dynamigrate-guide-'));
  const cwd = directory;
  const script = join(directory, 'guide.sh');
  const pipeline = jobOf('.github/workflows/migrations.yml', 'check').join('\n');
  // There is no production here, and nothing is pending any more.
  const comment = `npx migrate down\n${planned.replace('--env production ', '')}\ncat plan.md`;
  await writeFile(script, `set -euxo pipefail\n${blocks.map(asTyped).join('\n')}\n${pipeline}\n${comment}\n`);
  const printed = await new Promise<string>((resolve, reject) => {
    // What is published later is not what is tried here: a registry may have a new package and lack one that it asks for.
    const npm_config_before = '2026-11-26';
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', npm_config_before };
    execFile('bash', [script], { cwd, env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}${stderr}`));
      else resolve(`${stdout}${stderr}`);
    });
  });
  // By hand, and in the pipeline.
  expect(printed.match(/Tests {2}7 passed \(7\)/g)).toHaveLength(2);
  expect(printed).toContain('002-full-name up: Rename name to fullName; every user gets a plan');
  expect(printed).toContain('002-full-name down:');
  expect(printed).toMatch(/### Migrations that would run in local\n.*\| ✅ 002-full-name \| in-place \|/s);
}, 400_000);
