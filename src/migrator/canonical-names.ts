import type { Identifier, Node, SourceFile } from 'typescript';
import { isTemporaryName } from './emitted-code.js';

type TypeScript = typeof import('typescript');

/**
 * Names for the identifiers of a file that a compiler made up, by order of appearance, because how it counts
 * depends on its target and on how imports are written: temporaries (`_a`) within their function, and what imports
 * are bound to (`helpers_js_1`). Other identifiers keep their text.
 */
export function canonicalNames(ts: TypeScript, file: SourceFile): (identifier: Identifier) => string {
  const imports = new Map<string, string>();
  const scopes = new Map<Node, Map<string, string>>();
  collect(file, scopeFor(file));

  function collect(node: Node, scope: Map<string, string>): void {
    const inner = ts.isFunctionLike(node) ? scopeFor(node) : scope;
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && ts.isIdentifier(node.name)) {
      const { text } = node.name;
      const isRequired =
        /_\d+$/.test(text) && /^(?:[\w.]+\()*require\((?!.tslib.\))/.test(node.initializer?.getText() ?? '');
      if (isRequired) imports.set(text, `import#${imports.size}`);
      else if (isTemporaryName(text)) inner.set(text, '');
    }
    ts.forEachChild(node, (child) => collect(child, inner));
  }

  function scopeFor(node: Node): Map<string, string> {
    const scope = new Map<string, string>();
    scopes.set(node, scope);
    return scope;
  }

  function temporaryName(text: string, from: Node): string | undefined {
    const scope = scopes.get(from);
    const known = scope?.get(text);
    if (known === undefined) return from.parent ? temporaryName(text, from.parent) : undefined;
    if (known !== '') return known;
    const used = [...(scope?.values() ?? [])].filter((name) => name !== '').length;
    const name = `temporary#${used}`;
    scope?.set(text, name);
    return name;
  }

  return (identifier) => {
    // `x._a` is a property, whatever `_a` may be bound to.
    if (ts.isPropertyAccessExpression(identifier.parent) && identifier.parent.name === identifier)
      return identifier.text;
    return imports.get(identifier.text) ?? temporaryName(identifier.text, identifier) ?? identifier.text;
  };
}
