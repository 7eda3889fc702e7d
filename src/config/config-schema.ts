import { createRequire } from 'node:module';
import { tableNamePattern, tableNameRule } from './table-name.js';

const require = createRequire(import.meta.url);

export type ConfigSchema = ReturnType<typeof buildSchema>;

let schema: ConfigSchema | undefined;

/** The shape of the config, and the keys that each of its levels knows. Loads zod. */
export function configSchema(): ConfigSchema {
  schema ??= buildSchema();
  return schema;
}

function buildSchema() {
  const { z } = require('zod') as typeof import('zod');

  const text = z.string().min(1, 'must not be empty');

  const tableNameSchema = z.string().regex(tableNamePattern, tableNameRule);

  const unitsSchema = z.custom<number>(isUnits, 'must be units a second above 0').optional();
  const limitSchema = z
    .custom<number | `${number}%`>(
      (value) => isUnits(value) || isShare(value),
      'must be units a second above 0, or a share like `25%`, above 0 % and at most 100 %',
    )
    .optional();

  const environmentSchema = z
    .strictObject({
      region: text.optional(),
      profile: text.optional(),
      endpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
      accountId: z
        .string()
        .regex(/^\d{12}$/, 'must be 12 digits')
        .optional(),
      protected: z.boolean().optional(),
      tableName: z
        .custom<(name: string) => string>(
          (value) => typeof value === 'function',
          'must be a function from name to name',
        )
        .optional(),
      metaTable: tableNameSchema.optional(),
      cutover: z
        .strictObject({
          cacheSeconds: z.number().min(0.1, 'must be 0.1 to 300').max(300, 'must be 0.1 to 300').optional(),
          writeSeconds: z.number().min(0.1, 'must be 0.1 to 900').max(900, 'must be 0.1 to 900').optional(),
          denyPolicy: z.boolean().optional(),
        })
        .optional(),
      sync: z.enum(['process', 'template', 'deploy'], "must be 'process', 'template' or 'deploy'").optional(),
      lambda: z
        .strictObject({
          bucket: text.optional(),
          alarmTopic: z
            .string()
            .regex(/^arn:[^:]+:sns:/, 'must be the ARN of an SNS topic')
            .optional(),
          memory: z
            .int('must be 128 to 10240')
            .min(128, 'must be 128 to 10240')
            .max(10_240, 'must be 128 to 10240')
            .optional(),
          subnets: z.array(text).optional(),
          securityGroups: z.array(text).optional(),
        })
        .optional(),
      backfill: z.enum(['process', 'step-functions'], "must be 'process' or 'step-functions'").optional(),
      prices: z
        .strictObject({
          readMillion: z.number().min(0, 'must not be negative'),
          writeMillion: z.number().min(0, 'must not be negative'),
          currency: text.optional(),
        })
        .optional(),
      budget: z
        .strictObject({
          read: limitSchema,
          write: limitSchema,
          onDemand: z.strictObject({ read: unitsSchema, write: unitsSchema }).optional(),
        })
        .optional(),
      leaseSeconds: z.number().min(1, 'must be 1 to 900').max(900, 'must be 1 to 900').optional(),
      engine: z.enum(['dynalite', 'dynamodb-local'], "must be 'dynalite' or 'dynamodb-local'").optional(),
      path: text.optional(),
    })
    .superRefine((environment, context) => {
      const complain = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
      if (environment.engine === undefined) {
        if (environment.path !== undefined) complain('path', 'needs `engine`');
        return;
      }
      for (const key of ['endpoint', 'profile', 'accountId'] as const) {
        if (environment[key] !== undefined) complain(key, 'cannot be combined with `engine`');
      }
    });

  /** Its keys are those of `MigrateConfig`. */
  const config = z.strictObject({
    migrations: text.default('./migrations'),
    metaTable: tableNameSchema.default('dynamigrate'),
    environments: z
      .record(text, environmentSchema)
      .refine((environments) => Object.keys(environments).length > 0, 'must name at least one environment'),
  });
  return {
    config,
    /** To suggest one for a key that is not known. */
    knownKeys: { config: Object.keys(config.shape), environment: Object.keys(environmentSchema.shape) },
  };
}

const isUnits = (value: unknown) => typeof value === 'number' && value > 0 && Number.isFinite(value);

function isShare(value: unknown): boolean {
  const share = /^\d+(?:\.\d+)?%$/.test(String(value)) ? Number.parseFloat(String(value)) : 0;
  return typeof value === 'string' && share > 0 && share <= 100;
}
