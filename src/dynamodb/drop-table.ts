import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { isAwsError } from './aws-errors.js';
import { findTable } from './describe-table.js';
import { waitUntilDeleted } from './wait.js';

/**
 * Deletes a table with all its items, and returns when it is gone. One that is gone already is fine.
 *
 * @throws MigrateError `ACCESS_DENIED` while its deletion protection is on: somebody meant that.
 */
export async function dropTable(client: DynamoDBClient, tableName: string, signal: AbortSignal): Promise<void> {
  if (!(await requireDroppable(client, tableName))) return;
  try {
    await client.send(new DeleteTableCommand({ TableName: tableName }));
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error;
  }
  await waitUntilDeleted(client, tableName, signal);
}

/**
 * Whether there is a table to delete.
 *
 * @throws MigrateError `ACCESS_DENIED` while its deletion protection is on.
 */
export async function requireDroppable(client: DynamoDBClient, tableName: string): Promise<boolean> {
  const table = await findTable(client, tableName);
  if (!table?.DeletionProtectionEnabled) return table !== undefined;
  throw new MigrateError('ACCESS_DENIED', `the deletion protection of \`${tableName}\` is on`, {
    fix: `switch it off first: \`aws dynamodb update-table --table-name ${tableName} --no-deletion-protection-enabled\``,
  });
}
