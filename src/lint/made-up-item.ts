import type { Node, TypeElement, TypeNode } from 'typescript';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import type { Definition } from '../migrator/migration.js';
import type { ParsedFile } from './source-facts.js';

/**
 * An item as the first type of `table<Before>(…)` describes it, if that is an interface or type of the same file.
 * `undefined` where the file does not tell.
 */
export function madeUpItem(definition: Definition, source: ParsedFile): RawItem | undefined {
  if (definition.kind === 'steps') return undefined;
  const type = firstTableType(source);
  const members = type && membersOf(source, type, 0);
  if (!members) return undefined;
  const item = itemOf(source, members, 0);
  return definition.kind === 'in-place' ? { ...item, ...definition.where } : item;
}

/** How deep types are followed; one that contains itself ends there. */
const maxDepth = 5;

function firstTableType({ ts, file }: ParsedFile): TypeNode | undefined {
  let found: TypeNode | undefined;
  const visit = (node: Node): void => {
    if (found) return;
    const isTable = ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'table';
    if (isTable) found = node.typeArguments?.[0];
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function membersOf(source: ParsedFile, type: TypeNode, depth: number): readonly TypeElement[] | undefined {
  const { ts, file } = source;
  if (depth > maxDepth) return undefined;
  if (ts.isTypeLiteralNode(type)) return type.members;
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  const { text } = type.typeName;
  for (const statement of file.statements) {
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === text) {
      const inherited = (statement.heritageClauses ?? []).flatMap(({ types }) =>
        types.flatMap(({ expression }) =>
          ts.isIdentifier(expression)
            ? (membersOf(source, ts.factory.createTypeReferenceNode(expression.text), depth + 1) ?? [])
            : [],
        ),
      );
      return [...inherited, ...statement.members];
    }
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === text) {
      return membersOf(source, statement.type, depth + 1);
    }
  }
  return undefined;
}

function itemOf(source: ParsedFile, members: readonly TypeElement[], depth: number): Record<string, AttributeValue> {
  const { ts } = source;
  const item: Record<string, AttributeValue> = {};
  for (const member of members) {
    if (!ts.isPropertySignature(member) || !member.type) continue;
    const { name } = member;
    if (!ts.isIdentifier(name) && !ts.isStringLiteralLike(name)) continue;
    const value = valueFor(source, member.type, name.text, depth);
    if (value) item[name.text] = value;
  }
  return item;
}

function valueFor(source: ParsedFile, type: TypeNode, name: string, depth: number): AttributeValue | undefined {
  const { ts } = source;
  if (depth > maxDepth) return undefined;
  if (ts.isUnionTypeNode(type)) return type.types.map((one) => valueFor(source, one, name, depth + 1)).find(Boolean);
  if (ts.isArrayTypeNode(type)) {
    const element = valueFor(source, type.elementType, name, depth + 1);
    return { L: element ? [element] : [] };
  }
  if (ts.isLiteralTypeNode(type)) {
    if (ts.isStringLiteral(type.literal)) return { S: type.literal.text };
    if (ts.isNumericLiteral(type.literal)) return { N: type.literal.text };
    if (type.literal.kind === ts.SyntaxKind.NullKeyword) return { NULL: true };
    return { BOOL: type.literal.kind === ts.SyntaxKind.TrueKeyword };
  }
  if (type.kind === ts.SyntaxKind.StringKeyword) return { S: `${name} of it` };
  if (type.kind === ts.SyntaxKind.NumberKeyword) return { N: '7' };
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return { BOOL: true };
  const members = membersOf(source, type, depth + 1);
  return members && { M: itemOf(source, members, depth + 1) };
}
