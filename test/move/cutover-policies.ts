import { type ProxiedAnswer, type ProxiedRequest, serviceError } from '../dynamodb/proxy.js';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** The resource policy of one table. */
export interface PolicyStore {
  policy: string | undefined;
  /** Whether the policy, as it is, has any effect. AWS takes its time. */
  inEffect: boolean;
  readonly changes: string[];
  readonly sids: () => string[];
}

/** What AWS does for the resource policies of tables, by their real names: whoever is denied something is refused. */
export function policyStore() {
  const stores = new Map<string, PolicyStore & { revision: number }>();
  const of = (table: string) => {
    const found = stores.get(table);
    if (found) return found;
    const made = {
      policy: undefined as string | undefined,
      inEffect: true,
      revision: 1,
      changes: [] as string[],
      sids: () => statementsOf(made.policy).map(({ Sid = '' }) => Sid),
    };
    stores.set(table, made);
    return made;
  };
  const intercept = ({ operation, input }: ProxiedRequest): ProxiedAnswer | undefined => {
    if (!/ResourcePolicy$/.test(operation)) {
      return tablesOf(input).some((table) => denies(of(table), operation))
        ? serviceError('AccessDeniedException')
        : undefined;
    }
    const store = of(String(input.ResourceArn).replace(/^.*\//, ''));
    if (operation === 'GetResourcePolicy') {
      if (store.policy === undefined) return serviceError('PolicyNotFoundException');
      return answer({ Policy: store.policy, RevisionId: `r${store.revision}` });
    }
    const revision = store.policy === undefined ? 'NO_POLICY' : `r${store.revision}`;
    if (input.ExpectedRevisionId !== revision) return serviceError('PolicyNotFoundException');
    store.changes.push(operation);
    store.policy = operation === 'DeleteResourcePolicy' ? undefined : String(input.Policy);
    store.revision += 1;
    return answer({ RevisionId: `r${store.revision}` });
  };
  return { of: (table: string): PolicyStore => of(table), intercept };
}

function statementsOf(policy: string | undefined): (Statement & { readonly Sid?: string })[] {
  const { Statement = [] } = JSON.parse(policy ?? '{}') as { Statement?: Statement | Statement[] };
  return [Statement].flat();
}

function denies({ policy, inEffect }: PolicyStore, operation: string): boolean {
  return (
    inEffect &&
    statementsOf(policy).some(
      ({ Effect, Action }) => Effect === 'Deny' && [Action].flat().includes(`dynamodb:${operation}`),
    )
  );
}

function tablesOf({ TableName, RequestItems, Statements }: Record<string, unknown>): string[] {
  const quoted = ((Statements ?? []) as { Statement: string }[]).map(
    ({ Statement }) => /"([^"]+)"/.exec(Statement)?.[1],
  );
  return [TableName as string | undefined, ...Object.keys(RequestItems ?? {}), ...quoted].filter(
    (name) => name !== undefined,
  );
}

function answer(body: object): ProxiedAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
