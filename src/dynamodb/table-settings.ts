import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  type StreamViewType,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { isAwsError } from './aws-errors.js';
import { describeTable } from './describe-table.js';
import type { TablesContext } from './tables.js';
import { waitUntilActive } from './wait.js';

export async function setTimeToLive(
  { client, log }: Pick<TablesContext, 'client' | 'log'>,
  tableName: string,
  attribute: string | undefined,
): Promise<void> {
  await whereSupported('time to live', tableName, log, async () => {
    const { TimeToLiveDescription: now } = await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
    const on = now?.TimeToLiveStatus === 'ENABLED' || now?.TimeToLiveStatus === 'ENABLING';
    if (attribute === undefined ? !on : on && now?.AttributeName === attribute) return;
    log(`switching time to live of ${tableName} ${attribute === undefined ? 'off' : `to ${attribute}`}`);
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        // Switching it off wants the attribute's name too.
        TimeToLiveSpecification: {
          Enabled: attribute !== undefined,
          AttributeName: attribute ?? now?.AttributeName,
        },
      }),
    );
  });
}

export async function setTags(
  { client, log }: Pick<TablesContext, 'client' | 'log'>,
  tableName: string,
  tags: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { TableArn: ResourceArn } = await describeTable(client, tableName);
  const Tags = Object.entries(tags).flatMap(([Key, Value]) => (Value === undefined ? [] : [{ Key, Value }]));
  const TagKeys = Object.keys(tags).filter((key) => tags[key] === undefined);
  await whereSupported('tags', tableName, log, async () => {
    if (Tags.length > 0) await client.send(new TagResourceCommand({ ResourceArn, Tags }));
    if (TagKeys.length > 0) await client.send(new UntagResourceCommand({ ResourceArn, TagKeys }));
  });
}

export async function setStream(
  { client, log, signal }: TablesContext,
  tableName: string,
  view: StreamViewType | undefined,
): Promise<void> {
  const { StreamSpecification: now } = await describeTable(client, tableName);
  const on = now?.StreamEnabled ? now.StreamViewType : undefined;
  if (on === view) return;
  if (on !== undefined && view !== undefined) {
    throw new MigrateError(
      'TABLE_EXISTS',
      `the stream of \`${tableName}\` is on with view \`${on}\`, not \`${view}\``,
      {
        fix: 'switch it off in a step of its own first; whoever reads it loses it then',
      },
    );
  }
  await whereSupported('streams', tableName, log, async () => {
    log(`switching the stream of ${tableName} ${view ?? 'off'}`);
    await client.send(
      new UpdateTableCommand({
        TableName: tableName,
        StreamSpecification: view ? { StreamEnabled: true, StreamViewType: view } : { StreamEnabled: false },
      }),
    );
    await waitUntilActive(client, tableName, signal);
  });
}

export async function setPointInTimeRecovery(
  { client, log }: Pick<TablesContext, 'client' | 'log'>,
  tableName: string,
  enabled: boolean,
): Promise<void> {
  await whereSupported('point-in-time recovery', tableName, log, async () => {
    const now = await client.send(new DescribeContinuousBackupsCommand({ TableName: tableName }));
    const status = now.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    if ((status === 'ENABLED') === enabled) return;
    log(`switching point-in-time recovery of ${tableName} ${enabled ? 'on' : 'off'}`);
    await client.send(
      new UpdateContinuousBackupsCommand({
        TableName: tableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: enabled },
      }),
    );
  });
}

export async function setDeletionProtection(
  { client, log, signal }: Pick<TablesContext, 'client' | 'log' | 'signal'>,
  tableName: string,
  enabled: boolean,
): Promise<void> {
  const { DeletionProtectionEnabled: now = false } = await describeTable(client, tableName);
  if (now === enabled) return;
  await whereSupported('deletion protection', tableName, log, async () => {
    log(`switching the deletion protection of ${tableName} ${enabled ? 'on' : 'off'}`);
    await client.send(new UpdateTableCommand({ TableName: tableName, DeletionProtectionEnabled: enabled }));
    await waitUntilActive(client, tableName, signal);
  });
}

/**
 * Local engines lack some settings. A migration that sets one must still run on them, in development and in
 * tests, so there it is left out, and said so. AWS itself knows every operation.
 */
async function whereSupported(
  what: string,
  tableName: string,
  log: (message: string) => void,
  set: () => Promise<void>,
): Promise<void> {
  try {
    await set();
  } catch (error) {
    const unsupported =
      isAwsError(error, 'UnknownOperationException') ||
      // dynalite drops fields that it does not know, and finds nothing left to update.
      (isAwsError(error, 'ValidationException') && /^At least one of ProvisionedThroughput/.test(error.message));
    if (!unsupported) throw error;
    logLeftOut(what, tableName, log);
  }
}

export function logLeftOut(what: string, tableName: string, log: (message: string) => void): void {
  log(`this engine has no ${what}; left out for ${tableName}`);
}
