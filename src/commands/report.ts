import type { ErrorCode } from '../errors.js';
import type { PolicyDocument } from '../iam/policy.js';
import type { LockRow } from '../ledger/lock-row.js';
import type { QuarantineEntry } from '../ledger/quarantine.js';
import type { Finding } from '../lint/finding.js';
import type { Gate } from '../migrator/move/gates.js';
import type { MigrationStatus } from '../migrator/status-entries.js';
import type { MigrationPlan } from '../planning/migration-plan.js';
import type { PlanIdentity } from '../planning/plan-identity.js';
import type { DifferenceKind } from '../reconcile/difference.js';

/** Something to type next, and why. */
export interface NextStep {
  readonly why: string;
  readonly command: string;
}

export interface ReportError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly migration: string | null;
  readonly key: string | null;
  readonly cause: string | null;
  readonly fix: string | null;
}

/** An item in quarantine, as `errors` reports it. */
export type ItemErrorReport = Omit<QuarantineEntry, 'key'> & { readonly key: string };

/** What `verify` found: items that were compared, differences by kind, the first of them. */
export interface VerifyReport extends Readonly<Record<DifferenceKind, number>> {
  readonly compared: number;
  readonly repaired: number;
  readonly samples: readonly DifferenceReport[];
}

/** A difference: keys as DynamoDB's JSON, and the names of the attributes that differ. No values. */
export interface DifferenceReport {
  readonly kind: DifferenceKind;
  readonly sourceKey: string | null;
  readonly targetKey: string | null;
  readonly attributes: readonly string[];
  readonly error: string | null;
}

/** What `check` found. */
export interface CheckReport {
  /** Ids of the files that were looked at. */
  readonly migrations: readonly string[];
  /** What looked at the types: `TypeScript 7.0.2 of the project`; `null` where no file has any. */
  readonly compiler: string | null;
  /** Whether the order file was written. */
  readonly written: boolean;
  readonly errors: number;
  readonly warnings: number;
  /** By file and line. Files are relative to the working directory. */
  readonly findings: readonly Finding[];
}

/** What `plan` found out. */
export interface PlanReport {
  /** What would run, in this order. */
  readonly migrations: readonly MigrationPlan[];
  /** What bars all of them. */
  readonly blockers: readonly string[];
  /** What it was made from; `up --plan` compares it. */
  readonly identity: PlanIdentity;
}

/**
 * What every command answers, and what `--json` prints. Fields are added, never renamed or removed.
 */
export interface Report {
  readonly schemaVersion: 1;
  readonly command: string;
  /** The environment's name; `null` when the config could not be read. */
  readonly env: string | null;
  readonly account: string | null;
  readonly region: string | null;
  readonly ok: boolean;
  readonly exitCode: number;
  /** Every migration, in order. */
  readonly migrations: readonly MigrationStatus[];
  /** The ids that this command ran, in the order in which it did. */
  readonly done: readonly string[];
  readonly lock: LockRow | null;
  readonly warnings: readonly string[];
  readonly error: ReportError | null;
  /** Every problem that was found, the one in `error` among them. */
  readonly problems: readonly ReportError[];
  readonly next: readonly NextStep[];
  /** Of `count`. */
  readonly counts?: readonly { readonly table: string; readonly items: number; readonly readUnits: number }[];
  /** Of `errors`. */
  readonly itemErrors?: readonly ItemErrorReport[];
  /** Of `cutover`: every gate, with its value. */
  readonly gates?: readonly Gate[];
  /** Of `verify`. */
  readonly verify?: VerifyReport;
  /** Of `check`. */
  readonly check?: CheckReport;
  /** Of `plan`. */
  readonly plan?: PlanReport;
  /** Of `iam`: the policy document. */
  readonly policy?: PolicyDocument;
  /** Of `init`, `create` and `sync generate`: the files that were written, relative to the working directory. */
  readonly files?: readonly string[];
}
