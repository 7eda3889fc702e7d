import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Called with the command (`PutItem`) and the table before a write is sent; throws to stop it. */
export type WriteGuard = (write: { readonly command: string; readonly table: string | undefined }) => void;

const readCommands = /^(?:GetItem|BatchGetItem|TransactGetItems|Query|Scan|Describe\w+|List\w+|GetResourcePolicy)$/;

/**
 * Puts `guard` before every request of `client` that is not known to be a read. The list names reads, so a
 * command that AWS adds tomorrow counts as a write.
 */
export function guardWrites(client: DynamoDBClient, guard: WriteGuard): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName ?? '').replace(/Command$/, '');
      const input = args.input as CommandInput;
      if (!readCommands.test(command) && !onlySelects(input)) guard({ command, table: input.TableName });
      return next(args);
    },
    { step: 'initialize', name: 'guardWrites', priority: 'high' },
  );
}

interface CommandInput {
  readonly TableName?: string;
  readonly Statement?: string;
  readonly Statements?: readonly { readonly Statement?: string }[];
  readonly TransactStatements?: readonly { readonly Statement?: string }[];
}

function onlySelects({ Statement, Statements, TransactStatements }: CommandInput): boolean {
  const statements = [Statement, ...(Statements ?? TransactStatements ?? []).map((one) => one.Statement)].filter(
    (text) => text !== undefined,
  );
  return statements.length > 0 && statements.every((text) => /^\s*(?:SELECT|EXISTS)\b/i.test(text));
}
