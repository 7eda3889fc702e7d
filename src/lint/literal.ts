import type { Node } from 'typescript';
import type { TypeScript } from './source-facts.js';

/** What an expression says without being run; `undefined` where it has to be. */
export type Literal =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Literal[]
  | { readonly [key: string]: Literal };

export function literalOf(ts: TypeScript, node: Node): Literal {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) {
    return literalOf(ts, node.expression);
  }
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map((one) => literalOf(ts, one));
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const entries: [string, Literal][] = [];
  for (const property of node.properties) {
    // What is spread in may have any key: nothing is known of such an object.
    if (!ts.isPropertyAssignment(property)) return undefined;
    const { name } = property;
    if (!ts.isIdentifier(name) && !ts.isStringLiteralLike(name)) return undefined;
    entries.push([name.text, literalOf(ts, property.initializer)]);
  }
  return Object.fromEntries(entries);
}

export function isRecord(value: Literal): value is { readonly [key: string]: Literal } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `name` of `{ name: 'id', type: 'S' }`. */
export function nameIn(value: Literal): string | undefined {
  return isRecord(value) && typeof value.name === 'string' ? value.name : undefined;
}
