import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { type MarkdownFile, root } from './markdown.js';

/** Nearly all that a page makes the compiler read is the same for every page. */
const parsed = new Map<string, ts.SourceFile | undefined>();
let last: ts.Program | undefined;

/**
 * What the compiler says about the TypeScript in a Markdown file, under this repository's own strict options, with
 * `dynamigrate` for its source. Each block is a file at the path that its first line names; nothing is written.
 */
export function compileExamples({ path, blocks }: MarkdownFile): string[] {
  const folder = join(root, 'test/docs/examples', path);
  const files = new Map(
    blocks
      .filter(({ language }) => language === 'ts')
      .map((block, index) => [join(folder, block.path ?? `example-${index + 1}.ts`), block.text]),
  );
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.directoryExists = (directory) =>
    [...files.keys()].some((file) => dirname(file).startsWith(directory)) || (directoryExists?.(directory) ?? true);
  host.getSourceFile = (file, target, ...rest) => {
    const text = files.get(file);
    // The target says, for each file, whether it is an ES module.
    if (text !== undefined) return ts.createSourceFile(file, text, target, true);
    const known = parsed.get(file) ?? getSourceFile(file, target, ...rest);
    parsed.set(file, known);
    return known;
  };
  const program = ts.createProgram([...files.keys()], options, host, last);
  last = program;
  return [...files.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start = 0 }) =>
        `${file.slice(folder.length + 1)}:${(source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(root, 'tsconfig.json');
  const { config } = ts.parseConfigFileTextToJson(file, readFileSync(file, 'utf8'));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root, file);
  // Examples say what they do as shortly as they can.
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}
