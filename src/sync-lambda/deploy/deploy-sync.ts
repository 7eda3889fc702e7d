import { MigrateError, throwIfStopped } from '../../errors.js';
import type { Clock } from '../../ledger/clock.js';
import type { GeneratedSync } from '../generate.js';
import { type AwsConnection, openAwsClients } from './aws-clients.js';
import { type DeployedStack, deleteStack, deployStack } from './deploy-stack.js';
import { findStack } from './stack.js';

export interface DeploySyncOptions {
  readonly connection: AwsConnection;
  readonly generated: GeneratedSync;
  readonly migration: string;
  readonly bucket: string;
  /** Parameters of the template. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
  readonly consent: (changes: readonly string[]) => Promise<void>;
}

const lookEveryMs = 3_000;
/** AWS: minutes, as a rule one or two. */
const mappingPatienceMs = 15 * 60_000;

/**
 * Deploys what was generated: zip, stack, and then waits until Lambda reads the streams. Each step can be repeated.
 *
 * @throws MigrateError `STACK_FAILED`; `INTERRUPTED`, after which the same call goes on.
 */
export async function deploySync(options: DeploySyncOptions): Promise<DeployedStack> {
  const { connection, generated, migration, bucket, parameters, clock, signal, say, consent } = options;
  const { stackName, artifactKey, template, zip } = generated;
  const clients = await openAwsClients(connection);
  try {
    const { HeadObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const object = { Bucket: bucket, Key: artifactKey };
    // The name says what is in it.
    const isThere = await clients.s3.send(new HeadObjectCommand(object)).then(
      ({ ContentLength }) => ContentLength === zip.length,
      (error: unknown) => {
        if (isStatus(error, 404) || isStatus(error, 403)) return false;
        throw error;
      },
    );
    if (!isThere) {
      say(`uploading ${Math.ceil(zip.length / 1024)} KB to s3://${bucket}/${artifactKey}`);
      await clients.s3.send(new PutObjectCommand({ ...object, Body: zip, ContentType: 'application/zip' }));
    }
    const { cloudFormation } = clients;
    const deployed = await deployStack({
      cloudFormation,
      stackName,
      template,
      parameters: { ...parameters, ArtifactBucket: bucket, ArtifactKey: artifactKey },
      tags: { 'dynamigrate:migration': migration },
      clock,
      signal,
      say,
      consent,
    });
    for (const name of ['SyncMappingId', 'ReverseSyncMappingId']) {
      const mapping = deployed.outputs[name];
      if (mapping !== undefined) await mappingEnabled(clients.lambda, mapping, { clock, signal, say });
    }
    return deployed;
  } finally {
    clients.close();
  }
}

export interface RemoveSyncOptions {
  readonly connection: AwsConnection;
  readonly stackName: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/** Deletes the stack, waits until it is gone, and deletes the zip. Answers whether there was one. */
export async function removeSync({ connection, stackName, clock, signal, say }: RemoveSyncOptions): Promise<boolean> {
  const clients = await openAwsClients(connection);
  try {
    const context = { cloudFormation: clients.cloudFormation, stackName, clock, signal, say };
    const stack = await findStack(context);
    if (!stack) return false;
    const parameter = (key: string) => stack.Parameters?.find((one) => one.ParameterKey === key)?.ParameterValue;
    const [Bucket, Key] = [parameter('ArtifactBucket'), parameter('ArtifactKey')];
    say(`deleting the stack ${stackName}`);
    await deleteStack(context);
    if (Bucket !== undefined && Key !== undefined) {
      const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
      say(`deleting s3://${Bucket}/${Key}`);
      await clients.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    return true;
  } finally {
    clients.close();
  }
}

async function mappingEnabled(
  lambda: Awaited<ReturnType<typeof openAwsClients>>['lambda'],
  UUID: string,
  { clock, signal, say }: Pick<DeploySyncOptions, 'clock' | 'signal' | 'say'>,
): Promise<void> {
  const { GetEventSourceMappingCommand } = await import('@aws-sdk/client-lambda');
  const until = clock.monotonic() + mappingPatienceMs;
  for (let said = false; ; ) {
    const { State = 'unknown' } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    if (State === 'Enabled') return;
    if (clock.monotonic() >= until) {
      throw new MigrateError('STACK_FAILED', `the event source mapping \`${UUID}\` stays ${State}`, {
        fix: `look at it with \`aws lambda get-event-source-mapping --uuid ${UUID}\`, then run the same command again`,
      });
    }
    if (!said) say(`waiting until Lambda reads the stream (the mapping is ${State})`);
    said = true;
    await clock.sleep(lookEveryMs, { signal });
    throwIfStopped(signal, 'stopped while the mapping was being enabled; the same command goes on from here');
  }
}

function isStatus(error: unknown, status: number): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === status;
}
