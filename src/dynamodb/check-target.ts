import {
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  type LocalSecondaryIndexDescription,
  type Projection,
  ScanCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import type { TargetPlan } from './plan-target.js';
import { describeSource, type SourceTable } from './read-source.js';

export interface TargetCheck {
  readonly table: TableDescription;
  /** Whether it has no items at all, as a strongly consistent read found just now. */
  readonly empty: boolean;
  /** As DynamoDB last counted, which it does every six hours. */
  readonly items: number;
  /** What is otherwise than the plan, and does not keep the move from working: a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Looks at a target that somebody else made; changes nothing.
 *
 * @throws MigrateError `TABLE_NOT_FOUND`; `TABLE_DRIFT` when its key is not the one that the move writes.
 */
export async function checkTarget(client: DynamoDBClient, plan: TargetPlan, tableName: string): Promise<TargetCheck> {
  const found = await describeSource(client, tableName);
  const { table } = found;
  const [has, wants] = [keyText(table, table.KeySchema), keyText(plan.input, plan.input.KeySchema)];
  if (has !== wants) {
    throw new MigrateError(
      'TABLE_DRIFT',
      `\`${tableName}\` has the key ${has}; the migration writes the key ${wants}`,
      {
        fix: 'make the table with that key, or correct `to` and `rekey` in the migration',
      },
    );
  }
  const { Count = 0, LastEvaluatedKey } = await client.send(
    new ScanCommand({ TableName: tableName, Limit: 1, Select: 'COUNT', ConsistentRead: true }),
  );
  return {
    table,
    empty: Count === 0 && LastEvaluatedKey === undefined,
    items: table.ItemCount ?? 0,
    warnings: [...indexWarnings(plan, table), ...settingWarnings(plan, found)].map(
      (text) => `\`${tableName}\` ${text}`,
    ),
  };
}

interface Keyed {
  readonly AttributeDefinitions?: TableDescription['AttributeDefinitions'];
}

/** `id (S), at (N)`: the partition key first. */
function keyText({ AttributeDefinitions = [] }: Keyed, schema: readonly KeySchemaElement[] = []): string {
  const types = new Map(AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  return [...schema]
    .sort((a, b) => (a.KeyType ?? '').localeCompare(b.KeyType ?? ''))
    .map(({ AttributeName }) => `\`${AttributeName}\` (${types.get(AttributeName)})`)
    .join(', ');
}

type Index = GlobalSecondaryIndexDescription | LocalSecondaryIndexDescription;

function indexWarnings({ input }: TargetPlan, table: TableDescription): string[] {
  const warnings: string[] = [];
  const compare = (kind: string, wanted: readonly Index[] = [], found: readonly Index[] = []) => {
    for (const index of wanted) {
      const name = index.IndexName;
      const there = found.find(({ IndexName }) => IndexName === name);
      const [has, wants] = [there && keyText(table, there.KeySchema), keyText(input, index.KeySchema)];
      if (!there) warnings.push(`has no ${kind} index \`${name}\``);
      else if (has !== wants) warnings.push(`has another key in its index \`${name}\`: ${has}, not ${wants}`);
      else if (projectionText(there.Projection) !== projectionText(index.Projection)) {
        const [is, should] = [projectionText(there.Projection), projectionText(index.Projection)];
        warnings.push(`has another projection in its index \`${name}\`: ${is}, not ${should}`);
      }
    }
  };
  compare('global', input.GlobalSecondaryIndexes, table.GlobalSecondaryIndexes);
  compare('local', input.LocalSecondaryIndexes, table.LocalSecondaryIndexes);
  return warnings;
}

function projectionText({ ProjectionType, NonKeyAttributes = [] }: Projection = {}): string {
  const attributes = NonKeyAttributes.map((name) => `\`${name}\``).sort();
  return [ProjectionType, ...attributes].join(' ');
}

function settingWarnings({ input, pointInTimeRecovery }: TargetPlan, found: SourceTable): string[] {
  const { table, timeToLive, recoveryDays, tags } = found;
  const billing = table.BillingModeSummary?.BillingMode ?? 'PROVISIONED';
  const tableClass = table.TableClassSummary?.TableClass ?? 'STANDARD';
  const key = input.SSESpecification?.KMSMasterKeyId;
  const missingTags = (input.Tags ?? []).filter(({ Key = '', Value }) => tags[Key] !== Value).map(({ Key }) => Key);
  return [
    billing !== input.BillingMode && `is billed ${billing}, not ${input.BillingMode}`,
    tableClass !== (input.TableClass ?? 'STANDARD') && `is of the class ${tableClass}, not ${input.TableClass}`,
    input.SSESpecification && !table.SSEDescription && 'is not encrypted with a key of AWS KMS, as the source is',
    key !== undefined &&
      table.SSEDescription !== undefined &&
      table.SSEDescription.KMSMasterKeyArn !== key &&
      'is encrypted with another key than the source',
    input.DeletionProtectionEnabled && !table.DeletionProtectionEnabled && 'has no deletion protection',
    pointInTimeRecovery && recoveryDays === undefined && 'has no point-in-time recovery',
    missingTags.length > 0 && `has not all tags of the source: ${missingTags.map((tag) => `\`${tag}\``).join(', ')}`,
    timeToLive !== undefined &&
      `has time to live on \`${timeToLive}\` already: before the cutover an item that expires there counts as missing`,
  ].filter((one) => typeof one === 'string');
}
