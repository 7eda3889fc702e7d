import type { ErrorCode } from '../errors.js';
import { type LintCode, lintCodes, type Severity } from './lint-codes.js';

/** Something that `check` found. */
export interface Finding {
  /** A code of docs/lint.md, or, of a file that could not be loaded, one of docs/errors.md. */
  readonly code: LintCode | ErrorCode;
  readonly severity: Severity;
  /** The migration's id; `null` where the finding is about no single one. */
  readonly migration: string | null;
  /** Absolute path. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly fix: string | null;
}

/** Where in a file, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface FindingDetails {
  readonly migration?: string | undefined;
  readonly file?: string | undefined;
  readonly at?: Position | undefined;
  readonly fix?: string | undefined;
}

export function finding(code: LintCode, message: string, details: FindingDetails = {}): Finding {
  const { migration = null, file = null, at, fix = null } = details;
  return {
    code,
    severity: lintCodes[code].severity,
    migration,
    file,
    line: at?.line ?? null,
    column: at?.column ?? null,
    message,
    fix,
  };
}
