import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';
import type { CompilerOptions, Node, SourceFile } from 'typescript';
import { canonicalNames } from './canonical-names.js';
import { isEmittedByCompiler, mergedExports, unwrapEmitted } from './emitted-code.js';

type TypeScript = typeof import('typescript');

const require = createRequire(import.meta.url);

/**
 * A piece of the text: as it is, or for what is given to `require`: `import N` where that leads to a file, `otherwise`
 * where it does not.
 */
export type CanonicalPart = string | { readonly specifier: string; readonly otherwise: string };

/**
 * The parts of a text that two files share when they mean the same: the syntax tree of the file, lowered to CommonJS
 * of ES2015, without what compilers add. Depends on nothing but `source` and the ending of `name`.
 *
 * The lowering is what makes source and compiled file alike: whatever level a compiler stopped at, this goes on to
 * the lowest. It is part of every recorded checksum, so a change here needs a new prefix in place of `s1`.
 */
export function canonicalParts(name: string, source: string): CanonicalPart[] {
  const ts = require('typescript') as TypeScript;
  const file = lower(ts, `file${endingOf(name)}`, source);
  const merged = mergedExports(file);
  const parts: CanonicalPart[] = [...merged].sort().map((exported) => `exported ${exported} `);
  const names = canonicalNames(ts, file);

  function write(given: Node): void {
    const node = unwrapEmitted(ts, given, merged);
    const isNothing = ts.isEmptyStatement(node) && (ts.isBlock(node.parent) || ts.isSourceFile(node.parent));
    if (isNothing || isEmittedByCompiler(ts, node, merged)) return;
    const key = plainKey(ts, node);
    parts.push(`(${key === undefined ? node.kind : ts.SyntaxKind.Identifier}${presence(node)}`);
    const identifier = ts.isIdentifier(node) ? names(node) : key;
    const tokens = identifier === undefined ? tokensOf(ts, node) : [` ${JSON.stringify(identifier)}`];
    const specifier = importedBy(ts, node);
    if (specifier === undefined) parts.push(...tokens);
    else parts.push({ specifier, otherwise: tokens.join('') });
    ts.forEachChild(node, write);
    parts.push(')');
  }

  for (const statement of file.statements) write(statement);
  return joined(parts);
}

/** What decides how a file is read: `.ts`, `.d.ts`, `.js`. */
export function endingOf(path: string): string {
  return /(?:\.d)?\.[cm]?[jt]sx?$/.exec(basename(path))?.[0] ?? extname(path);
}

/** The same with the strings between two imports put together. */
function joined(parts: readonly CanonicalPart[]): CanonicalPart[] {
  const result: CanonicalPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result;
}

function lower(ts: TypeScript, name: string, source: string): SourceFile {
  const compilerOptions: CompilerOptions = {
    module: ts.ModuleKind.CommonJS,
    moduleDetection: ts.ModuleDetectionKind.Force,
    target: ts.ScriptTarget.ES2015,
    useDefineForClassFields: false,
    experimentalDecorators: false,
    esModuleInterop: true,
    removeComments: true,
    noEmitHelpers: true,
    alwaysStrict: true,
  };
  const { outputText } = ts.transpileModule(source, { fileName: name.replace(/[cm]([jt]s)$/, '$1'), compilerOptions });
  return ts.createSourceFile('file.js', outputText, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
}

/** The name of a key that is quoted without need, `a` for `{ 'a': 1 }`. */
function plainKey(ts: TypeScript, node: Node): string | undefined {
  if (!ts.isStringLiteral(node) || !/^[A-Za-z_$][\w$]*$/.test(node.text)) return undefined;
  const { name, propertyName } = node.parent as { name?: Node; propertyName?: Node };
  return name === node || propertyName === node ? node.text : undefined;
}

/** Which optional children a node has: `for (a;;)` and `for (;a;)` have the same ones in the same order. */
function presence(node: Node): string {
  const fields = ['initializer', 'condition', 'incrementor', 'propertyName', 'name'];
  const has = fields.map((field) => ((node as unknown as Record<string, unknown>)[field] === undefined ? '0' : '1'));
  return has.includes('1') ? `:${has.join('')}` : '';
}

/** What a node says beyond its kind and its children. */
function tokensOf(ts: TypeScript, node: Node): string[] {
  const texts: string[] = [];
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) texts.push(` ${node.operator}`);
  if (ts.isVariableDeclarationList(node)) texts.push(` ${node.flags & ts.NodeFlags.BlockScoped}`);
  if (ts.isMetaProperty(node)) texts.push(` ${node.keywordToken}`);
  // A tag sees the text as it was written; everything else only what it stands for.
  if (ts.isTaggedTemplateExpression(node))
    texts.push(` ${JSON.stringify(node.template.getText().replace(/\r\n/g, '\n'))}`);
  if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node)) {
    texts.push(` ${JSON.stringify(node.text)}`);
  }
  if (ts.isPrivateIdentifier(node)) texts.push(` ${node.text}`);
  return texts;
}

/** The `./x` of `require('./x')`, if `node` is that `'./x'`. */
function importedBy(ts: TypeScript, node: Node): string | undefined {
  if (!ts.isStringLiteralLike(node) || !ts.isCallExpression(node.parent)) return undefined;
  const { expression } = node.parent;
  return ts.isIdentifier(expression) && expression.text === 'require' ? node.text : undefined;
}
