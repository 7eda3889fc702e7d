import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CallExpression, Node, SourceFile } from 'typescript';
import type { Position } from './finding.js';
import { type Literal, literalOf } from './literal.js';

const require = createRequire(import.meta.url);

export type TypeScript = typeof import('typescript');

/** A parsed file, and how to name a place in it. */
export interface ParsedFile {
  readonly path: string;
  readonly text: string;
  readonly ts: TypeScript;
  readonly file: SourceFile;
  readonly at: (node: Node) => Position;
}

/** A method call: `items.rename('a', 'b')` is `rename` with `a` and `b`. */
export interface MethodCall {
  readonly method: string;
  /** What the arguments say without being run. */
  readonly args: readonly Literal[];
  readonly node: CallExpression;
  readonly at: Position;
}

export function parseFile(path: string): ParsedFile {
  const ts = require('typescript') as TypeScript;
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const at = (node: Node) => {
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
    return { line: line + 1, column: character + 1 };
  };
  return { path, text, ts, file, at };
}

/** Every method call of a file, in the order of the text. */
export function methodCalls({ ts, file, at }: ParsedFile): MethodCall[] {
  const calls: MethodCall[] = [];
  const visit = (node: Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const { name } = node.expression;
    calls.push({ method: name.text, args: node.arguments.map((one) => literalOf(ts, one)), node, at: at(name) });
  };
  visit(file);
  return calls;
}
