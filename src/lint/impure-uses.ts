import type { ImportDeclaration, Node } from 'typescript';
import type { Position } from './finding.js';
import type { ParsedFile } from './source-facts.js';

/** Something in a file that answers otherwise tomorrow, or on another machine. */
export interface ImpureUse {
  readonly what: string;
  readonly at: Position;
}

/** Global object → its members that are not pure; `*` is all. */
const members: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  performance: ['*'],
  process: ['*'],
  crypto: ['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues'],
};

const builtins =
  /^(?:node:)?(?:fs|net|https?|http2|dns|child_process|os|tls|dgram|worker_threads|process|perf_hooks|timers)(?:\/|$)/;
const packages = /^(?:axios|got|node-fetch|undici|ky|nanoid|ulid|cuid|@paralleldrive\/cuid2|ksuid)$/;
/** Those of `uuid` that are not made from a name. */
const randomIds = ['v1', 'v4', 'v6', 'v7'];
const randomCrypto = ['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync', 'getRandomValues', 'webcrypto'];

/**
 * What in a file reads the clock, random values, the network or the environment. It goes by names, so it does not see
 * through a package; `tryOut` does.
 */
export function impureUses(source: ParsedFile): ImpureUse[] {
  const { ts, file, at } = source;
  const uses: ImpureUse[] = [];
  const visit = (node: Node): void => {
    const what = ts.isImportDeclaration(node) ? importUse(source, node) : useIn(source, node);
    if (what !== undefined) uses.push({ what, at: at(node) });
    else if (!ts.isImportDeclaration(node) && !ts.isTypeNode(node)) ts.forEachChild(node, visit);
  };
  visit(file);
  return uses;
}

function useIn({ ts }: ParsedFile, node: Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    if (ts.isMetaProperty(node.expression)) return node.name.text === 'env' ? 'reads `import.meta.env`' : undefined;
    const object = globalName(ts, node.expression);
    const wanted = object === undefined || !Object.hasOwn(members, object) ? [] : (members[object] ?? []);
    const { text } = node.name;
    return wanted.includes('*') || wanted.includes(text) ? `reads \`${object}.${text}\`` : undefined;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    const { text } = node.expression;
    if (text === 'Date' && (node.arguments ?? []).length === 0) return 'reads the clock: `new Date()`';
    if (text === 'WebSocket' || text === 'XMLHttpRequest') return `uses the network: \`${text}\``;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const { text } = node.expression;
    if (text === 'fetch') return 'uses the network: `fetch`';
    if (text === 'Date') return 'reads the clock: `Date()`';
  }
  return undefined;
}

/** `Math` of `Math`, and of `globalThis.Math`. */
function globalName(ts: ParsedFile['ts'], node: Node): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  const isGlobal =
    ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'globalThis';
  return isGlobal ? node.name.text : undefined;
}

function importUse({ ts }: ParsedFile, { importClause, moduleSpecifier }: ImportDeclaration): string | undefined {
  if (!ts.isStringLiteral(moduleSpecifier) || importClause?.isTypeOnly) return undefined;
  const from = moduleSpecifier.text;
  if (builtins.test(from) || packages.test(from)) return `imports \`${from}\``;
  const bindings = importClause?.namedBindings;
  const names = bindings && ts.isNamedImports(bindings) ? bindings.elements.filter((one) => !one.isTypeOnly) : [];
  const imported = names.map(({ name, propertyName }) => (propertyName ?? name).text);
  const named = (wanted: (name: string) => boolean) => {
    const name = imported.find(wanted);
    return name === undefined ? undefined : `imports \`${name}\` of \`${from}\``;
  };
  if (from === 'uuid') return named((name) => randomIds.includes(name));
  if (/^(?:node:)?crypto$/.test(from)) return named((name) => randomCrypto.includes(name));
  if (from.startsWith('@aws-sdk/')) return named((name) => /Client$|^DynamoDB(?:Document)?$/.test(name));
  return undefined;
}
