export { type BackfillExecution, stateMachineName } from './backfill/state-machine-name.js';
export { type AuditedOptions, baseline } from './commands/baseline.js';
export { type CheckOptions, check } from './commands/check.js';
export { type CompleteOptions, complete } from './commands/complete.js';
export { type CountOptions, count } from './commands/count.js';
export { type CreateOptions, create } from './commands/create.js';
export { type CutoverCommandOptions as CutoverOptions, cutover } from './commands/cutover.js';
export { down } from './commands/down.js';
export { type ErrorsOptions, errors } from './commands/errors.js';
export { type IamOptions, iam } from './commands/iam.js';
export { init } from './commands/init.js';
export type { CommandOptions } from './commands/options.js';
export { type PauseOptions, pause } from './commands/pause.js';
export { type PlanCommandOptions as PlanOptions, plan } from './commands/plan.js';
export { repair } from './commands/repair.js';
export type {
  CheckReport,
  ItemErrorReport,
  NextStep,
  PlanReport,
  Report,
  ReportError,
} from './commands/report.js';
export { type ResumeOptions, resume } from './commands/resume.js';
export type { RunMigrationsOptions } from './commands/run-direction.js';
export { type StatusOptions, status } from './commands/status.js';
export { type SyncDeployOptions, syncDeploy } from './commands/sync-deploy.js';
export { type SyncGenerateOptions, syncGenerate } from './commands/sync-generate.js';
export { type SyncRemoveOptions, syncRemove } from './commands/sync-remove.js';
export { type SyncRunOptions, syncRun } from './commands/sync-run.js';
export type { TemplateName } from './commands/templates/index.js';
export { type ThrottleOptions, throttle } from './commands/throttle.js';
export { type UnlockOptions, unlock } from './commands/unlock.js';
export { up } from './commands/up.js';
export { type VerifyOptions, verify } from './commands/verify.js';
export { type WorkOptions, work } from './commands/work.js';
export {
  type BudgetConfig,
  type CutoverConfig,
  defineConfig,
  type EnvironmentConfig,
  type LambdaConfig,
  type LimitConfig,
  type MigrateConfig,
  type PricesConfig,
} from './config/define-config.js';
export { defineMigration, type InPlaceMigration, type MoveMigration } from './definition/define-migration.js';
export {
  defineSteps,
  type StepsContext,
  type StepsDefinition,
  type StepsMigration,
} from './definition/define-steps.js';
export { type Table, table } from './definition/table.js';
export type { IndexSpec, KeyAttribute, TableSpec, Throughput } from './dynamodb/table-spec.js';
export type { Tables } from './dynamodb/tables.js';
export type { TargetWishes } from './dynamodb/target-wishes.js';
export { type ErrorCode, errorCodes, isMigrateError, MigrateError } from './errors.js';
export type { PolicyDocument, PolicyStatement } from './iam/policy.js';
export { NumberValue } from './item/number.js';
export {
  createTableResolver,
  type ResolveTableOptions,
  type TableResolver,
  type TableResolverOptions,
  type TableUse,
} from './ledger/resolve-table.js';
export type { Finding } from './lint/finding.js';
export { type LintCode, lintCodes } from './lint/lint-codes.js';
export type { MigrateEvent, Progress } from './migrator/events.js';
export type { MigrationFlag, MigrationStatus } from './migrator/status-entries.js';
export type { CapacityPlan, ItemExample, ItemsPlan, MigrationPlan } from './planning/migration-plan.js';
export {
  type BackfillEvent,
  type BackfillHandlerOptions,
  type BackfillResult,
  createBackfillHandler,
  type WorkerContext,
} from './sync-lambda/create-backfill-handler.js';
export {
  createSyncHandler,
  type InvocationContext,
  type StreamEventBatch,
  type SyncHandlerOptions,
} from './sync-lambda/create-sync-handler.js';
export { type BackfillStateMachineOptions, backfillStateMachine } from './sync-lambda/state-machine.js';
export type { Items } from './transform/items.js';
export type { MovedItems, MoveItems } from './transform/move-items.js';
