import type { Expression, Identifier, Node, SourceFile } from 'typescript';

type TypeScript = typeof import('typescript');

/** Whether a statement is one that compilers add to a file, which the author did not write. */
export function isEmittedByCompiler(ts: TypeScript, node: Node, merged: ReadonlySet<string>): boolean {
  if (ts.isExpressionStatement(node)) return isMarker(ts, node.expression);
  if (!ts.isVariableStatement(node)) return false;
  return node.declarationList.declarations.every(
    ({ name, initializer }) =>
      ts.isIdentifier(name) &&
      (initializer === undefined
        ? // `var _a;` stands wherever the step that needed it put it.
          (isTemporaryName(name.text) || merged.has(name.text)) &&
          !(node.declarationList.flags & ts.NodeFlags.BlockScoped)
        : isHelper(name.text, initializer.getText()) || /^require\(["']tslib["']\)$/.test(initializer.getText())),
  );
}

/** The expression inside of what compilers wrap around one: `(x)`, `(0, x.f)`, `__importStar(x)`, `tslib_1.__rest`. */
export function unwrapEmitted(ts: TypeScript, node: Node, merged: ReadonlySet<string>): Node {
  const inner = innerOf(ts, node) ?? innerOfMerged(ts, node, merged);
  return inner ? unwrapEmitted(ts, inner, merged) : node;
}

/**
 * Names of exported enums and namespaces. Compiled from source they are `var E; … (exports.E = E = {})`, compiled
 * from a compiled ES module `(exports.E || (exports.E = {}))`, and every use differs likewise: `E` or `exports.E`.
 */
export function mergedExports(file: SourceFile): ReadonlySet<string> {
  const patterns = [/\(exports\.([\w$]+) = \1 = \{\}\)/g, /\(exports\.([\w$]+) \|\| \(exports\.\1 = \{\}\)\)/g];
  return new Set(patterns.flatMap((pattern) => [...file.text.matchAll(pattern)].map(([, name = '']) => name)));
}

/** Names that TypeScript gives to temporaries: `_a`, `_12`. */
export function isTemporaryName(name: string): boolean {
  return /^_(?:[a-z]{1,2}|\d+)$/.test(name);
}

function innerOf(ts: TypeScript, node: Node): Expression | Node | undefined {
  if (ts.isParenthesizedExpression(node)) {
    const { expression } = node;
    const isIndirectCall =
      ts.isBinaryExpression(expression) &&
      expression.operatorToken.kind === ts.SyntaxKind.CommaToken &&
      ts.isNumericLiteral(expression.left) &&
      ts.isPropertyAccessExpression(expression.right);
    return isIndirectCall ? expression.right : expression;
  }
  if (ts.isCallExpression(node) && node.arguments.length === 1) {
    const helper = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
    if (ts.isIdentifier(helper) && /^__import(?:Star|Default)$/.test(helper.text)) return node.arguments[0];
  }
  if (ts.isPropertyAccessExpression(node) && /^tslib_\d+$/.test(node.expression.getText())) return node.name;
  return undefined;
}

/** `exports.E` as `E`, and `exports.E = E = x` as `E = x`. */
function innerOfMerged(ts: TypeScript, node: Node, merged: ReadonlySet<string>): Node | undefined {
  const exported = mergedName(ts, node, merged);
  if (exported) return exported;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const name = mergedName(ts, node.left, merged)?.text;
  const { right } = node;
  return name && ts.isBinaryExpression(right) && right.left.getText() === name ? right : undefined;
}

function mergedName(ts: TypeScript, node: Node, merged: ReadonlySet<string>): Identifier | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.name)) return undefined;
  return node.expression.getText() === 'exports' && merged.has(node.name.text) ? node.name : undefined;
}

/** `"use strict"`, the `__esModule` flag, `exports.a = exports.b = void 0`. */
function isMarker(ts: TypeScript, expression: Expression): boolean {
  if (ts.isStringLiteral(expression)) return expression.text === 'use strict';
  const text = expression.getText();
  if (/^Object\.defineProperty\(exports, ?["']__esModule["'], ?\{ ?value: ?(?:true|!0) ?\}\)$/.test(text)) return true;
  return /^(?:exports\.[\w$]+ = )+void 0$/.test(text);
}

/** `var __awaiter = (this && this.__awaiter) || …` */
function isHelper(name: string, initializer: string): boolean {
  return name.startsWith('__') && initializer.startsWith(`(this && this.${name}) ||`);
}
