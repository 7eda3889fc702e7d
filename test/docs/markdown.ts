import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** A fenced block of code. Its path is what its first line says in a comment: `// migrations/002-x.ts`. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  readonly path: string | undefined;
}

export interface MarkdownFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  /** Without `#` and the blank after it. */
  readonly headings: readonly { readonly level: number; readonly text: string }[];
  /** Targets of links outside of code: `docs/cli.md#exit-codes`, `https://…`. */
  readonly links: readonly string[];
}

/** Every Markdown file of the repository. */
export function markdownFiles(): MarkdownFile[] {
  return [root, join(root, 'docs'), join(root, 'docs/design')].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => readMarkdown(relative(root, join(folder, name)))),
  );
}

export function readMarkdown(path: string): MarkdownFile {
  const text = readFileSync(join(root, path), 'utf8');
  const fence = /^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm;
  const blocks = [...text.matchAll(fence)].map(([, language = '', code = '']) => ({
    language,
    text: code,
    path: /^(?:\/\/|#) (\S+\.\w+)\n/.exec(code)?.[1],
  }));
  const prose = text.replace(fence, '');
  const headings = [...prose.matchAll(/^(#+) (.+)$/gm)].map(([, marks = '', heading = '']) => ({
    level: marks.length,
    text: heading,
  }));
  const links = [...prose.replace(/`[^`\n]*`/g, '``').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return { path, text, blocks, headings, links };
}

/** The id that GitHub gives to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/&\w+;/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** The file that a relative link leads to, relative to the repository, and the heading's id in it. */
export function linkTarget(from: string, link: string): { readonly path: string; readonly anchor: string | undefined } {
  const [file = '', anchor] = link.split('#');
  return { path: file === '' ? from : join(dirname(from), file), anchor };
}
