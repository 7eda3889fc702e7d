import type { Finding, Position } from './finding.js';
import { finding } from './finding.js';
import { isLintCode, type LintCode, lintCodes } from './lint-codes.js';

/** Findings that a file says are meant. */
export interface Allowances {
  readonly codes: ReadonlySet<LintCode>;
  /** Comments that allow nothing: an unknown code, or no reason. */
  readonly invalid: readonly { readonly at: Position; readonly message: string }[];
}

/**
 * Reads `// migrate-allow <code>: <reason>`. A comment rather than a key of the definition: it is not part of the
 * checksum, so a migration that was applied long ago can be annotated.
 */
export function allowancesIn(source: string): Allowances {
  const codes = new Set<LintCode>();
  const invalid: { at: Position; message: string }[] = [];
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    const match = /(?:\/\/|^\s*\/?\*+)\s*migrate-allow\b(.*)$/.exec(line);
    if (!match) continue;
    const { code = '', reason = '' } = /^\s+(?<code>[\w-]+)(?::(?<reason>.*))?/.exec(match[1] ?? '')?.groups ?? {};
    const at = { line: index + 1, column: line.indexOf('migrate-allow') + 1 };
    if (!isLintCode(code)) invalid.push({ at, message: `\`${code}\` is no code that can be allowed` });
    else if (reason.replace(/\*\/\s*$/, '').trim() === '') {
      invalid.push({ at, message: `\`migrate-allow ${code}\` says no reason` });
    } else codes.add(code);
  }
  return { codes, invalid };
}

export function invalidAllowances({ invalid }: Allowances, migration: string, file: string): Finding[] {
  return invalid.map(({ at, message }) =>
    finding('allow-invalid', message, {
      migration,
      file,
      at,
      fix: `write \`// migrate-allow <code>: <reason>\`, with a code of ${Object.keys(lintCodes).join(', ')}`,
    }),
  );
}
