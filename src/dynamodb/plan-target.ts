import type {
  AttributeDefinition,
  CreateTableCommandInput,
  KeySchemaElement,
  LocalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { keyNamesOf } from './describe-table.js';
import { notCarried } from './not-carried.js';
import { carriedIndex, planCapacity } from './plan-capacity.js';
import type { SourceTable } from './read-source.js';
import { globalIndex, type KeyAttribute, keySchema } from './table-spec.js';
import type { TargetWishes } from './target-wishes.js';

/** The new table of a move. */
export interface TargetPlan {
  /** Everything that one request creates. */
  readonly input: CreateTableCommandInput;
  readonly pointInTimeRecovery: boolean;
  /**
   * The attribute of expiry, to be set after the cutover only: until then the source decides what is there, and
   * an item that expired in the target first would be taken for one that is missing.
   */
  readonly timeToLive: string | undefined;
  /** What the source has and the target does not get: a fragment of a sentence each, for people. */
  readonly notCarried: readonly string[];
}

export interface TargetPlanOptions {
  /** The target's name in this environment. */
  readonly tableName: string;
  /** The target's own key; left out, it has that of the source. */
  readonly rekeyed?: Rekeyed | undefined;
  readonly wishes: TargetWishes;
}

interface Rekeyed {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
}

/**
 * The table that a move creates: an allow-list of what is known to be safe to repeat, so that a setting that
 * DynamoDB gets tomorrow is not copied unseen.
 *
 * @throws MigrateError `MIGRATION_INVALID` where the wishes do not fit the source.
 */
export function planTarget(source: SourceTable, { tableName, rekeyed, wishes }: TargetPlanOptions): TargetPlan {
  const { table } = source;
  if (tableName === table.TableName) {
    throw new MigrateError('MIGRATION_INVALID', `\`from\` and \`to\` are the same table \`${tableName}\``, {
      fix: 'give `to` another name; to rewrite items where they are, use `table:` in place of `from:` and `to:`',
    });
  }
  const { carried, wanted, local, dropped } = planIndexes(source, { rekeyed, wishes });
  const capacity = planCapacity(source, wishes, [...carried, ...wanted.map(globalIndex)]);
  return {
    input: {
      TableName: tableName,
      KeySchema: rekeyed ? keySchema(rekeyed) : (table.KeySchema ?? []),
      AttributeDefinitions: definitionsOf([
        ...(rekeyed ? keysOf(rekeyed) : keysIn(table.KeySchema, source)),
        ...[...carried, ...local].flatMap(({ KeySchema }) => keysIn(KeySchema, source)),
        ...wanted.flatMap(keysOf),
      ]),
      ...capacity.table,
      ...(capacity.indexes.length > 0 && { GlobalSecondaryIndexes: capacity.indexes }),
      ...(local.length > 0 && { LocalSecondaryIndexes: local }),
      ...carriedSettings(source),
    },
    pointInTimeRecovery: source.recoveryDays !== undefined,
    timeToLive: source.timeToLive,
    notCarried: notCarried(source, { dropped, provisioned: capacity.table.BillingMode === 'PROVISIONED' }),
  };
}

function carriedSettings({ table, tags }: SourceTable) {
  const { SSEDescription: encryption, TableClassSummary, DeletionProtectionEnabled } = table;
  const encrypted = encryption?.Status === 'ENABLED' || encryption?.Status === 'UPDATING';
  const tableClass = TableClassSummary?.TableClass ?? 'STANDARD';
  // Tags of AWS's own (`aws:cloudformation:…`) are refused from others.
  const ownTags = Object.entries(tags).filter(([key]) => !/^aws:/i.test(key));
  return {
    ...(tableClass !== 'STANDARD' && { TableClass: tableClass }),
    ...(encrypted && {
      SSESpecification: {
        Enabled: true,
        ...(encryption.SSEType && { SSEType: encryption.SSEType }),
        ...(encryption.KMSMasterKeyArn && { KMSMasterKeyId: encryption.KMSMasterKeyArn }),
      },
    }),
    ...(ownTags.length > 0 && { Tags: ownTags.map(([Key, Value]) => ({ Key, Value })) }),
    ...(DeletionProtectionEnabled && { DeletionProtectionEnabled: true }),
  };
}

function planIndexes(source: SourceTable, { rekeyed, wishes }: Pick<TargetPlanOptions, 'rekeyed' | 'wishes'>) {
  const { TableName, GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] } = source.table;
  const { indexes: wanted = [], dropIndexes = [] } = wishes;
  const names = [...global, ...local].map(({ IndexName = '' }) => IndexName);
  const unknown = dropIndexes.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.length === 0 ? 'it has none' : `it has ${names.map((name) => `\`${name}\``).join(', ')}`;
    throw new MigrateError(
      'MIGRATION_INVALID',
      `\`dropIndexes\` names \`${unknown}\`, which is no index of \`${TableName}\`: ${known}`,
      { fix: 'correct or remove the name' },
    );
  }
  const gone = new Set([...dropIndexes, ...wanted.map(({ name }) => name)]);
  const stays = ({ IndexName = '' }: { IndexName?: string | undefined }) => !gone.has(IndexName);
  // A local index is a second sort key in the same partition.
  const samePartitions =
    !rekeyed || (rekeyed.sortKey !== undefined && rekeyed.partitionKey.name === keyNamesOf(source.table).partitionKey);
  const lost = samePartitions ? [] : local.filter(stays);
  return {
    carried: global.filter(stays).map(carriedIndex),
    wanted,
    local: local
      .filter((index) => samePartitions && stays(index))
      .map(({ IndexName, KeySchema, Projection }): LocalSecondaryIndex => ({ IndexName, KeySchema, Projection })),
    dropped: [
      ...dropIndexes.map((name) => `the index \`${name}\`: the migration drops it`),
      ...lost.map(({ IndexName }) => `the local index \`${IndexName}\`: the new table has other partitions`),
    ],
  };
}

/**
 * The types of all keys, each attribute once.
 *
 * @throws MigrateError `MIGRATION_INVALID` where an attribute would have two.
 */
function definitionsOf(keys: readonly KeyAttribute[]): AttributeDefinition[] {
  const types = new Map<string, KeyAttribute['type']>();
  for (const { name, type } of keys) {
    const known = types.get(name) ?? type;
    if (known !== type) {
      throw new MigrateError(
        'MIGRATION_INVALID',
        `the key attribute \`${name}\` is \`${known}\` and \`${type}\` at once`,
        {
          fix: 'give it one type wherever it is a key; an index of the source that stands in the way goes into `dropIndexes`',
        },
      );
    }
    types.set(name, type);
  }
  return Array.from(types, ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

function keysOf({ partitionKey, sortKey }: Rekeyed): KeyAttribute[] {
  return sortKey ? [partitionKey, sortKey] : [partitionKey];
}

/** The keys of a schema, with the types that they have in the source. */
function keysIn(schema: readonly KeySchemaElement[] | undefined, { table }: SourceTable): KeyAttribute[] {
  const types = new Map(table.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]));
  return (schema ?? []).map(({ AttributeName: name = '' }) => ({ name, type: types.get(name) ?? 'S' }));
}
