import { MigrateError } from '../errors.js';
import { type PolicyDocument, policyOf, type Role, roles } from '../iam/policy.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface IamOptions extends CommandOptions {
  /** `read-only`, `runner` or `operator`. */
  readonly role: Role | string;
}

/** The policy document that a role of people needs for all migrations of an environment. Asks nothing of AWS. */
export function iam(options: IamOptions): Promise<Report> {
  return reportOrThrow(runIam(options));
}

export function runIam(options: IamOptions): Promise<Outcome> {
  const { role } = options;
  return runCommand(
    'iam',
    options,
    async (session) => {
      if (!isRole(role)) {
        throw new MigrateError('USAGE', `there is no role \`${role}\``, { fix: `use ${roles.join(', ')}` });
      }
      const { settings, warn } = session;
      const { migrations, problems } = await session.files();
      const [problem] = problems;
      if (problem) throw problem;
      const { tableName, metaTable, region = 'REGION', accountId = 'ACCOUNT' } = settings;
      const definitions = migrations.map(({ definition }) => definition);
      const policy: PolicyDocument = policyOf(role, {
        region,
        account: accountId,
        metaTable,
        inPlace: definitions.flatMap((one) => (one.kind === 'in-place' ? [tableName(one.table.name)] : [])),
        moves: definitions.flatMap((one) =>
          one.kind === 'move'
            ? [
                {
                  source: tableName(one.from.name),
                  target: tableName(one.to.name),
                  keysChange: one.rekeyed !== undefined,
                  reversible: one.down !== undefined,
                },
              ]
            : [],
        ),
      });
      if (settings.accountId === undefined || settings.region === undefined) {
        warn(
          'put your region and account in place of REGION and ACCOUNT, or set `region` and `accountId` in the config',
        );
      }
      const steps = definitions.filter(({ kind }) => kind === 'steps').length;
      if (steps > 0) warn(`what steps call is not in this policy: add what ${steps} of the migrations need`);
      return { policy };
    },
    { withMigrations: false },
  );
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
