import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import { sourceFiles } from '../config/source-files.js';
import { findCompiler } from './find-compiler.js';
import { type Finding, finding } from './finding.js';

const require = createRequire(import.meta.url);

export interface TypeCheck {
  readonly findings: readonly Finding[];
  /** The compiler that looked at them; `undefined` if there was nothing to look at. */
  readonly compiler: string | undefined;
}

/**
 * Type-checks TypeScript files as the project's own compiler sees them: its version, and the options of the nearest
 * `tsconfig.json` of `directory`. Emits nothing.
 */
export async function checkTypes(
  files: readonly string[],
  { directory, signal }: { readonly directory: string; readonly signal?: AbortSignal | undefined },
): Promise<TypeCheck> {
  const sources = files.filter((file) => /\.[cm]?ts$/.test(file));
  if (sources.length === 0) return { findings: [], compiler: undefined };
  const { name, tsc } = findCompiler(directory);
  const config = nearestUp(directory, 'tsconfig.json');
  const folder = await workFolder(directory);
  try {
    const project = join(folder, 'tsconfig.json');
    await writeFile(project, JSON.stringify(projectFor(sources, config, directory)));
    const { code, output } = await run(tsc, ['-p', project, '--pretty', 'false'], directory, signal);
    const all = diagnosticsIn(output, directory);
    // What else of the project comes in, by way of `paths` say, is for the project's own compilation to look at.
    const own = new Set(sources.flatMap((file) => (existsSync(file) ? sourceFiles(file) : [])));
    const findings = all.filter(({ file }) => file === null || own.has(file));
    if (code !== 0 && all.length === 0) {
      findings.push(finding('type-error', `\`tsc\` ended with ${code}: ${output.trim().split('\n')[0] ?? ''}`));
    }
    return { findings, compiler: name };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The user's own options for these files alone, without those that are about what is emitted. */
function projectFor(files: readonly string[], config: string | undefined, directory: string) {
  const always = {
    noEmit: true,
    skipLibCheck: true,
    composite: false,
    incremental: false,
    tsBuildInfoFile: null,
    declaration: false,
    declarationMap: false,
    emitDeclarationOnly: false,
    isolatedDeclarations: false,
    // Migrations need not lie below what the project compiles; `null` would be the folder of this project.
    rootDir: parse(directory).root,
  };
  const parts = { files, include: [], references: [] };
  if (config !== undefined) {
    return { ...parts, files: [...files, ...declarationsOf(config)], extends: config, compilerOptions: always };
  }
  const hasNode = nearestUp(directory, 'node_modules/@types/node/package.json') !== undefined;
  return {
    ...parts,
    compilerOptions: {
      ...always,
      strict: true,
      target: 'ES2022',
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      resolveJsonModule: true,
      types: hasNode ? ['node'] : [],
    },
  };
}

/** The `.d.ts` files of a project: what they declare is there without being imported. */
function declarationsOf(config: string): string[] {
  const ts = require('typescript') as typeof import('typescript');
  const { config: content } = ts.readConfigFile(config, ts.sys.readFile);
  const { fileNames } = ts.parseJsonConfigFileContent(content ?? {}, ts.sys, dirname(config));
  return fileNames.filter((name) => /\.d\.[cm]?ts$/.test(name));
}

/** Below the project, where `types` are looked for; elsewhere if nothing can be written there. */
async function workFolder(directory: string): Promise<string> {
  const modules = nearestUp(directory, 'node_modules');
  if (modules !== undefined) {
    const cache = join(modules, '.cache/dynamigrate');
    try {
      await mkdir(cache, { recursive: true });
      return await mkdtemp(join(cache, 'check-'));
    } catch {
      // A read-only checkout, say.
    }
  }
  return mkdtemp(join(tmpdir(), 'dynamigrate-check-'));
}

function nearestUp(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestUp(parent, name);
}

function run(
  script: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', fail);
    child.once('close', (code) => done({ code, output }));
  });
}

/** `migrations/001-a.ts(3,5): error TS2322: …`, with further lines indented; or `error TS5023: …`. */
export function diagnosticsIn(output: string, cwd: string): Finding[] {
  const findings: Finding[] = [];
  for (const line of output.split(/\r?\n/)) {
    const { file, row, column, code, text } =
      /^(?:(?<file>.+?)\((?<row>\d+),(?<column>\d+)\): )?error (?<code>TS\d+): (?<text>.*)$/.exec(line)?.groups ?? {};
    if (code === undefined || text === undefined) {
      const last = findings.at(-1);
      if (last && /^\s+\S/.test(line)) findings[findings.length - 1] = { ...last, message: `${last.message}\n${line}` };
      continue;
    }
    findings.push(
      finding('type-error', `${text} (${code})`, {
        ...(file !== undefined && {
          file: resolve(cwd, file),
          at: { line: Number(row), column: Number(column) },
        }),
      }),
    );
  }
  return findings;
}
