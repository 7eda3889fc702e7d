import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type StatementTarget, statementTarget } from './statement-target.js';

/** A write that is about to be sent. */
export interface GuardedWrite {
  /** The operation: `PutItem`. */
  readonly command: string;
  /** The names of the tables that the request writes, as far as they can be read from it. */
  readonly tables: readonly string[];
}

/** Called before a write is sent; throws to stop it. */
export type WriteGuard = (write: GuardedWrite) => void;

const checks = new WeakMap<DynamoDBClient, (command: string, input: object) => void>();

/** What the guard of `client` is asked before each attempt of a request; nothing where it has none. */
export function writeCheckOf(client: DynamoDBClient): (command: string, input: object) => void {
  return checks.get(client) ?? (() => {});
}

const readCommands = /^(?:GetItem|BatchGetItem|TransactGetItems|Query|Scan|Describe\w+|List\w+|GetResourcePolicy)$/;

/**
 * Puts `guard` before every request of `client` that is not known to be a read: once when the command is given, and
 * again before each attempt, because the SDK sends a request that failed once more for minutes, and what was allowed
 * at first may not be by then. The list names reads, so a command that AWS adds tomorrow counts as a write.
 */
export function guardWrites(client: DynamoDBClient, guard: WriteGuard): void {
  const check = (commandName: unknown, input: CommandInput) => {
    const command = String(commandName ?? '').replace(/Command$/, '');
    if (readCommands.test(command)) return;
    const targets = statementTargets(input);
    const onlySelects = targets.length > 0 && targets.every(({ isRead }) => isRead);
    if (!onlySelects) guard({ command, tables: tablesOf(input, targets) });
  };
  checks.set(client, check);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      check(context.commandName, args.input as CommandInput);
      return next(args);
    },
    { step: 'initialize', name: 'guardWrites', priority: 'high' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      check(context.commandName, args.input as CommandInput);
      return next(args);
    },
    // After the retry middleware, which is in this step with a high priority.
    { step: 'finalizeRequest', name: 'guardWriteAttempts', priority: 'low' },
  );
}

interface CommandInput {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName?: string } | undefined>>[];
  readonly Statement?: string;
  readonly Statements?: readonly { readonly Statement?: string }[];
  readonly TransactStatements?: readonly { readonly Statement?: string }[];
}

function tablesOf({ TableName, RequestItems = {}, TransactItems = [] }: CommandInput, targets: Targets): string[] {
  const transacted = TransactItems.flatMap((item) => Object.values(item).map((action) => action?.TableName));
  const stated = new Set(targets.map(({ tableName }) => tableName));
  return [TableName, ...Object.keys(RequestItems), ...transacted, ...stated]
    .filter((name) => name !== undefined)
    .map((name) => name.replace(/^arn:.*:table\//, ''));
}

type Targets = readonly StatementTarget[];

/** What the statements of a request do; those that follow each other with the same text once. */
function statementTargets({ Statement, Statements, TransactStatements }: CommandInput): Targets {
  const targets: StatementTarget[] = [];
  for (const one of Statements ?? TransactStatements ?? [{ Statement }]) {
    const target = one.Statement === undefined ? undefined : statementTarget(one.Statement);
    if (target && target !== targets.at(-1)) targets.push(target);
  }
  return targets;
}
