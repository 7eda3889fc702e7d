import type { LoadedMigration } from '../migrator/migration.js';
import { allowancesIn, invalidAllowances } from './allowances.js';
import { type Finding, finding } from './finding.js';
import { knownTables } from './known-tables.js';
import { isLintCode } from './lint-codes.js';
import { impure } from './rules/impure.js';
import { indexCapacity } from './rules/index-capacity.js';
import { itemSizeRule } from './rules/item-size.js';
import { keyTouched } from './rules/key-touched.js';
import { lossyRemove } from './rules/lossy-remove.js';
import { possibleCollision } from './rules/possible-collision.js';
import { renameInPlace } from './rules/rename-in-place.js';
import type { LintSubject, Rule } from './rules/rule.js';
import { parseFile } from './source-facts.js';
import { tryOut } from './try-out.js';

const rules: readonly Rule[] = [
  impure,
  keyTouched,
  indexCapacity,
  lossyRemove,
  renameInPlace,
  possibleCollision,
  itemSizeRule,
];

/** Applies every rule to every migration. The migrations are looked at together: one tells what tables another meets. */
export function lint(migrations: readonly LoadedMigration[]): Finding[] {
  const parsed = migrations.map((file) => ({ file, source: parseFile(file.path) }));
  const { tables, indexes } = knownTables(parsed);
  return parsed.flatMap(({ file, source }) => {
    const made = indexes.filter(({ migration }) => migration === file.id).map(({ index }) => index);
    const subject: LintSubject = { file, source, tables, indexes: made };
    const { id, path } = file;
    return [
      ...invalidAllowances(allowancesIn(source.text), id, path),
      ...rules
        .flatMap((rule) => rule(subject))
        .map(({ code, message, file: where = path, ...details }) =>
          finding(code, message, { ...details, file: where, migration: id }),
        ),
      ...invalidTransform(subject),
    ];
  });
}

/** Leaves out what the file that it is about, or its migration, says is meant. */
export function withoutAllowed(
  findings: readonly Finding[],
  pathOf: ReadonlyMap<string, string>,
  read: (path: string) => string | undefined,
): Finding[] {
  return findings.filter(({ code, file, migration }) => {
    const paths = [file, migration === null ? undefined : pathOf.get(migration)];
    return !paths.some((path) => {
      const text = path ? read(path) : undefined;
      return text !== undefined && isLintCode(code) && allowancesIn(text).codes.has(code);
    });
  });
}

function invalidTransform({ file: { definition, id, path }, source }: LintSubject): Finding[] {
  if (definition.kind === 'steps') return [];
  const { invalid } = tryOut(definition, source);
  if (!invalid) return [];
  const { code, message, fix = null } = invalid;
  return [{ code, severity: 'error', migration: id, file: path, line: null, column: null, message, fix }];
}
