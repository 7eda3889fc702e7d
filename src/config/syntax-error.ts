import { createRequire } from 'node:module';
import type { Diagnostic } from 'typescript';

const require = createRequire(import.meta.url);

/**
 * The first syntax error of a file as a SyntaxError with one message to show: file, line, column, what is wrong,
 * and the offending line. `undefined` if the text parses. Works for TypeScript and JavaScript.
 */
export function syntaxErrorIn(path: string, source: string): SyntaxError | undefined {
  const ts = require('typescript') as typeof import('typescript');
  const { diagnostics } = ts.transpileModule(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const first = diagnostics?.find((diagnostic) => diagnostic.file !== undefined && diagnostic.start !== undefined);
  return first && new SyntaxError(messageFor(path, first, ts.flattenDiagnosticMessageText(first.messageText, ' ')));
}

function messageFor(path: string, { file, start = 0 }: Diagnostic, reason: string): string {
  const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  const text = file?.text.split(/\r?\n/)[line]?.trim() ?? '';
  return `${path}:${line + 1}:${character + 1}: ${reason} near \`${text}\``;
}
