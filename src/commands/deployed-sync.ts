import type { Settings } from '../config/resolve-config.js';
import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { Migrator } from '../migrator/migrator.js';
import type { DeployedStack } from '../sync-lambda/deploy/deploy-stack.js';
import { deploySync } from '../sync-lambda/deploy/deploy-sync.js';
import type { GeneratedSync } from '../sync-lambda/generate.js';
import { generatedSync } from './generated-sync.js';

export interface DeployMoveOptions {
  /** Default: that of the environment. */
  readonly bucket?: string | undefined;
  readonly bundleSdk?: boolean | undefined;
  readonly consent: (changes: readonly string[], stackName: string) => Promise<void>;
}

/**
 * Deploys the live sync of a move as it is now: with the streams that are on.
 *
 * @throws MigrateError as {@link generatedSync}; `CONFIG_INVALID` without a bucket; `STACK_FAILED`.
 */
export async function deployMove(
  migrator: Migrator,
  file: LoadedMigration,
  row: LedgerRow,
  { bucket = migrator.settings.lambda.bucket, bundleSdk, consent }: DeployMoveOptions,
): Promise<DeployedStack & { readonly generated: GeneratedSync }> {
  const { settings, clock, signal, emit } = migrator;
  const { id } = file;
  if (bucket === undefined) {
    throw new MigrateError(
      'CONFIG_INVALID',
      `\`lambda.bucket\` of the environment \`${settings.environment}\` is not set`,
      {
        migration: id,
        fix: `name a bucket in the region of the tables there, or with \`migrate sync deploy ${id} --bucket <name>\``,
      },
    );
  }
  const generated = await generatedSync(migrator, file, row, { bundleSdk });
  const deployed = await deploySync({
    connection: { region: settings.region, profile: settings.profile },
    generated,
    migration: id,
    bucket,
    parameters: parametersOf(settings, row),
    clock,
    signal,
    say: (message) => emit({ type: 'log', id, message }),
    consent: (changes) => consent(changes, generated.stackName),
  });
  return { ...deployed, generated };
}

/** What is left out keeps the value that the stack has, or the template's default. */
function parametersOf({ lambda, metaTable }: Settings, { move }: LedgerRow): Record<string, string> {
  const { alarmTopic, memory, subnets, securityGroups } = lambda;
  return {
    MetaTable: metaTable,
    SourceTable: move?.source ?? '',
    TargetTable: move?.target ?? '',
    SourceStreamArn: move?.streams?.up?.arn ?? '',
    TargetStreamArn: move?.streams?.down?.arn ?? '',
    ...(alarmTopic !== undefined && { AlarmTopicArn: alarmTopic }),
    ...(memory !== undefined && { MemorySize: String(memory) }),
    ...(subnets && { SubnetIds: subnets.join(',') }),
    ...(securityGroups && { SecurityGroupIds: securityGroups.join(',') }),
  };
}
