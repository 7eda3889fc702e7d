import { ServiceError } from './service-error.js';

export type Value = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Value>>;

/** What a request says beside its expressions. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
}

/** Whether a condition holds: comparisons, existence and `begins_with` of top-level attributes, AND, OR and NOT. */
export function holds(expression: string, item: Item, input: Placeholders): boolean {
  const tokens = expression.match(/[#:]?[\w-]+|<>|<=|>=|[=<>(),]/g) ?? [];
  let at = 0;

  const next = () => tokens[at++] ?? '';
  const accept = (...words: string[]) => words.includes(tokens[at]?.toUpperCase() ?? '') && next() !== '';

  function any(): boolean {
    let result = all();
    while (accept('OR')) result = all() || result;
    return result;
  }
  function all(): boolean {
    let result = one();
    while (accept('AND')) result = one() && result;
    return result;
  }
  function one(): boolean {
    if (accept('NOT')) return !one();
    if (accept('(')) {
      const result = any();
      next();
      return result;
    }
    const word = next();
    if (tokens[at] === '(') {
      next();
      const args: string[] = [];
      while (tokens[at] !== ')') if (!accept(',')) args.push(next());
      next();
      return call(word, args);
    }
    const operator = next();
    return compare(operand(word), operator, operand(next()));
  }
  function call(name: string, [first = '', second = '']: string[]): boolean {
    if (name === 'attribute_exists') return operand(first) !== undefined;
    if (name === 'attribute_not_exists') return operand(first) === undefined;
    if (name === 'begins_with') return String(operand(first)?.S ?? '').startsWith(String(operand(second)?.S));
    throw new ServiceError('ValidationException', `no function ${name} here`);
  }
  function operand(token: string): Value | undefined {
    return token.startsWith(':') ? input.ExpressionAttributeValues?.[token] : item[nameOf(token, input)];
  }
  return any();
}

function compare(a: Value | undefined, operator: string, b: Value | undefined): boolean {
  if (operator === '=') return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
  if (operator === '<>') return JSON.stringify(a) !== JSON.stringify(b);
  if (a === undefined || b === undefined) return false;
  const [left, right] = 'N' in a ? [Number(a.N), Number(b.N)] : [String(a.S), String(b.S)];
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  throw new ServiceError('ValidationException', `no operator ${operator} here`);
}

/** The item after SET of plain values, REMOVE, and ADD of numbers. */
export function updated(expression: string, item: Item, input: Placeholders): Item {
  const result: Record<string, Value> = { ...item };
  for (const [, word = '', text = ''] of expression.matchAll(
    /\b(SET|REMOVE|ADD)\s+(.*?)(?=\s+(?:SET|REMOVE|ADD)\s|$)/gs,
  )) {
    for (const term of text.split(',')) {
      const [target = '', value = ''] = term.trim().split(/\s*=\s*|\s+/);
      const name = nameOf(target, input);
      const given = input.ExpressionAttributeValues?.[value];
      if (word === 'REMOVE') delete result[name];
      else if (given === undefined) throw new ServiceError('ValidationException', `cannot ${word} ${term}`);
      else if (word === 'SET') result[name] = given;
      else result[name] = { N: String(Number(result[name]?.N ?? 0) + Number(given.N)) };
    }
  }
  return result;
}

function nameOf(token: string, { ExpressionAttributeNames }: Placeholders): string {
  return ExpressionAttributeNames?.[token] ?? token;
}
