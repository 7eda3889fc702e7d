import type { Argv } from 'yargs';
import { defineVerb, type Verb } from '../verb.js';

const idOf = (yargs: Argv) => yargs.positional('id', { type: 'string', describe: 'id of a move' });

interface GenerateArguments {
  readonly id: string;
  readonly out?: string;
  readonly bundleSdk?: boolean;
}

interface DeployArguments {
  readonly id: string;
  readonly bucket?: string;
  readonly bundleSdk?: boolean;
}

/** The policies of people. */
export const iamVerb: Verb = defineVerb<{ role: string }>({
  command: 'iam <role>',
  describe: 'print the IAM policy of a role of people',
  builder: (yargs) =>
    yargs.positional('role', { type: 'string', choices: ['read-only', 'runner', 'operator'], describe: 'whose' }),
  run: async ({ role }, options) => (await import('../../commands/iam.js')).runIam({ ...options, role }),
  print: ({ report }, _args, { out }) => {
    if (report.policy) out(JSON.stringify(report.policy, null, 2));
  },
});

/** The commands of a live sync as a Lambda function. */
export const syncVerbs: readonly Verb[] = [
  defineVerb<GenerateArguments>({
    command: 'sync generate <id>',
    describe: 'write what the live sync of a move is deployed from, as a Lambda function',
    builder: (yargs) =>
      idOf(yargs)
        .option('out', { type: 'string', describe: 'folder (default: sync/<id>)', requiresArg: true })
        .option('bundle-sdk', { type: 'boolean', describe: 'put the AWS SDK into the bundle' }),
    run: async ({ id, out, bundleSdk }, options) =>
      (await import('../../commands/sync-generate.js')).runSyncGenerate({ ...options, id, out, bundleSdk }),
    print: ({ report }, _args, { out, style }) => {
      for (const file of report.files ?? []) out(`${style('green', 'wrote')} ${file}`);
    },
  }),
  defineVerb<DeployArguments>({
    command: 'sync deploy <id>',
    describe: 'deploy the live sync of a move as a Lambda function',
    builder: (yargs) =>
      idOf(yargs)
        .option('bucket', { type: 'string', describe: 'S3 bucket for the code', requiresArg: true })
        .option('bundle-sdk', { type: 'boolean', describe: 'put the AWS SDK into the bundle' }),
    run: async ({ id, bucket, bundleSdk }, options) =>
      (await import('../../commands/sync-deploy.js')).runSyncDeploy({ ...options, id, bucket, bundleSdk }),
    // What it did was told while it ran.
    print: () => undefined,
  }),
  defineVerb<{ id: string }>({
    command: 'sync remove <id>',
    describe: 'delete what sync deploy made, once it is not needed any more',
    builder: idOf,
    run: async ({ id }, options) => (await import('../../commands/sync-remove.js')).runSyncRemove({ ...options, id }),
    print: () => undefined,
  }),
];
