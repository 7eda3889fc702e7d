import { BatchExecuteStatementCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '../item/attribute-value.js';
import { isAwsError } from './aws-errors.js';

/** What an endpoint can do that not every engine can. */
export interface Capabilities {
  /** Conditional UPDATE statements by BatchExecuteStatement. */
  readonly partiql: boolean;
  /** `=` compares maps and lists by value in a condition. dynalite 4 finds them never equal. */
  readonly documentEquality: boolean;
}

/**
 * Finds out by trying, on one row in the meta table, rather than by the product's name: a proxy, a policy or
 * the next release of an engine decides what works.
 *
 * @param probe a table that may be written, and the key of a row kept for this.
 */
export async function probeCapabilities(
  client: DynamoDBClient,
  probe: { tableName: string; key: Record<string, AttributeValue> },
): Promise<Capabilities> {
  const TableName = probe.tableName;
  const document: AttributeValue = { M: { list: { L: [{ N: '1' }] } } };
  const names = { '#probe': 'probe' };
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: probe.key,
      UpdateExpression: 'SET #probe=:document',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ':document': document },
    }),
  );
  const documentEquality = await client
    .send(
      new UpdateItemCommand({
        TableName,
        Key: probe.key,
        UpdateExpression: 'SET #probe=:document',
        ConditionExpression: '#probe=:document',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':document': document },
      }),
    )
    .then(
      () => true,
      (error: unknown) => {
        if (isAwsError(error, 'ConditionalCheckFailedException')) return false;
        throw error;
      },
    );
  return { documentEquality, partiql: await hasPartiql(client, TableName, probe.key, document) };
}

async function hasPartiql(
  client: DynamoDBClient,
  tableName: string,
  key: Record<string, AttributeValue>,
  document: AttributeValue,
): Promise<boolean> {
  const where = Object.keys(key).map((name) => `"${name}"=?`);
  const Statement = `UPDATE "${tableName}" SET "probe"=? WHERE ${where.join(' AND ')} AND "probe"=?`;
  try {
    const output = await client.send(
      new BatchExecuteStatementCommand({
        Statements: [{ Statement, Parameters: [document, ...Object.values(key), document] }],
      }),
    );
    return output.Responses?.[0]?.Error === undefined;
  } catch (error) {
    if (isAwsError(error, 'UnknownOperationException', 'AccessDeniedException', 'ValidationException')) return false;
    throw error;
  }
}
