import { isDeepStrictEqual } from 'node:util';

/** How the statement that refuses writes is told from those of others. */
export const fenceSid = 'DynamigrateWriteFence';

// Everything that writes items. Transactions are allowed by the actions of what they do.
const writeActions = [
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'PartiQLInsert',
  'PartiQLUpdate',
  'PartiQLDelete',
].map((action) => `dynamodb:${action}`);

// A replica that may not write for long stops to be one, for good (developer guide, "Global tables security").
const replication =
  'arn:*:iam::*:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication';

export function fenceStatement(tableArn: string, except: readonly string[]): object {
  return {
    Sid: fenceSid,
    Effect: 'Deny',
    Principal: '*',
    Action: writeActions,
    Resource: tableArn,
    // Both have to hold: the fence is for whoever is neither.
    Condition: {
      ArnNotLike: { 'aws:PrincipalArn': replication },
      ...(except.length > 0 && { StringNotLike: { 'aws:userid': [...except] } }),
    },
  };
}

/**
 * What to do with a table's policy so that it has this fence, or none. Everything else in it stays.
 *
 * @param text the policy as it is, if there is one.
 * @throws SyntaxError where the policy is not JSON, which DynamoDB takes care of.
 */
export function changePolicy(
  text: string | undefined,
  fence: object | undefined,
): 'none' | 'delete' | { readonly policy: string } {
  const policy: Policy = text === undefined ? { Version: '2012-10-17' } : JSON.parse(text);
  const statements = [policy.Statement ?? []].flat();
  const present = statements.filter(isFence);
  if (fence ? present.length === 1 && isDeepStrictEqual(normal(present[0]), normal(fence)) : present.length === 0) {
    return 'none';
  }
  const Statement = [...statements.filter((statement) => !isFence(statement)), ...(fence ? [fence] : [])];
  return Statement.length === 0 ? 'delete' : { policy: JSON.stringify({ ...policy, Statement }) };
}

interface Policy {
  readonly Version?: string;
  readonly Statement?: Statement | readonly Statement[];
}

type Statement = { readonly Sid?: string } & object;

function isFence({ Sid }: Statement): boolean {
  return Sid === fenceSid;
}

/** A statement in one form: the service may store a list of one as its only member, and `*` as `{ AWS: '*' }`. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? normal(value[0]) : value.map(normal).sort();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, normal(member)] as const);
  return entries.length === 1 && entries[0]?.[0] === 'AWS' ? entries[0][1] : Object.fromEntries(entries);
}
