export { type BackfillExecution, stateMachineName } from './backfill/state-machine-name.js';
export type { AuditedOptions } from './commands/baseline.js';
export type { CheckOptions } from './commands/check.js';
export type { CompleteOptions } from './commands/complete.js';
export type { CountOptions } from './commands/count.js';
export type { CreateOptions } from './commands/create.js';
export type { CutoverCommandOptions as CutoverOptions } from './commands/cutover.js';
export type { ErrorsOptions } from './commands/errors.js';
export type { IamOptions } from './commands/iam.js';
export type { CommandOptions } from './commands/options.js';
export type { PauseOptions } from './commands/pause.js';
export type { PlanCommandOptions as PlanOptions } from './commands/plan.js';
export type {
  CheckReport,
  ItemErrorReport,
  NextStep,
  PlanReport,
  Report,
  ReportError,
} from './commands/report.js';
export type { ResumeOptions } from './commands/resume.js';
export type { RunMigrationsOptions } from './commands/run-direction.js';
export type { StatusOptions } from './commands/status.js';
export type { SyncDeployOptions } from './commands/sync-deploy.js';
export type { SyncGenerateOptions } from './commands/sync-generate.js';
export type { SyncRemoveOptions } from './commands/sync-remove.js';
export type { SyncRunOptions } from './commands/sync-run.js';
export type { TemplateName } from './commands/templates/template-names.js';
export type { ThrottleOptions } from './commands/throttle.js';
export type { UnlockOptions } from './commands/unlock.js';
export type { VerifyOptions } from './commands/verify.js';
export {
  baseline,
  check,
  complete,
  count,
  create,
  cutover,
  down,
  errors,
  iam,
  init,
  pause,
  plan,
  repair,
  resume,
  status,
  syncDeploy,
  syncGenerate,
  syncRemove,
  syncRun,
  throttle,
  unlock,
  up,
  verify,
  work,
} from './commands/when-called.js';
export type { WorkOptions } from './commands/work.js';
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
export { errorCodes } from './error-codes.js';
export { type ErrorCode, isMigrateError, MigrateError } from './errors.js';
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
export type {
  BackfillEvent,
  BackfillHandlerOptions,
  BackfillResult,
  WorkerContext,
} from './sync-lambda/create-backfill-handler.js';
export type { StreamEventBatch, SyncHandlerOptions } from './sync-lambda/create-sync-handler.js';
export type { InvocationContext } from './sync-lambda/in-invocation.js';
export { type BackfillStateMachineOptions, backfillStateMachine } from './sync-lambda/state-machine.js';
export { createBackfillHandler, createSyncHandler } from './sync-lambda/when-called.js';
export type { Items } from './transform/items.js';
export type { MovedItems, MoveItems } from './transform/move-items.js';
