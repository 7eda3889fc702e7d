import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describeTable } from './describe-table.js';

/**
 * The account that the client's credentials belong to: from the ARN of `knownArn`, else asked of STS, or of any
 * table where the endpoint is not AWS's own.
 *
 * @returns `undefined` where it cannot be known: an engine of its own without a table.
 */
export async function findAccount(
  client: DynamoDBClient,
  { knownArn, ownEndpoint }: { readonly knownArn?: string | undefined; readonly ownEndpoint: boolean },
): Promise<string | undefined> {
  if (knownArn !== undefined) return accountOfArn(knownArn);
  if (ownEndpoint) {
    const { TableNames: [first] = [] } = await client.send(new ListTablesCommand({ Limit: 1 }));
    return first === undefined ? undefined : accountOfArn((await describeTable(client, first)).TableArn ?? '');
  }
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { credentials, region } = client.config;
  return (await new STSClient({ credentials, region }).send(new GetCallerIdentityCommand({}))).Account;
}

/** `arn:aws:dynamodb:eu-west-1:123456789012:table/USERS` → `123456789012`. */
export function accountOfArn(arn: string): string | undefined {
  return arn.split(':')[4] || undefined;
}

/**
 * Whoever these credentials belong to, as a pattern for the condition key `aws:userid` of a policy: a user's id, or a
 * role's with any session ("IAM JSON policy elements: variables", table of principal values). `undefined` where it
 * cannot be known.
 */
export async function callerPattern(client: DynamoDBClient): Promise<string | undefined> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { credentials, region } = client.config;
  const { UserId } = await new STSClient({ credentials, region }).send(new GetCallerIdentityCommand({}));
  return UserId?.replace(/:.*$/, ':*');
}
