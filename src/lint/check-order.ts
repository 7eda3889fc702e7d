import { compareIds } from '../migrator/compare-ids.js';
import { type Finding, finding } from './finding.js';
import type { OrderFile, OrderLine } from './order-file.js';

/** A migration file that could be read, with the checksum that it has now. */
export interface OrderedFile extends OrderLine {
  readonly path: string;
}

const accept = 'if that is meant: `migrate check --write`';

/** Where the order file and the migration files disagree. Pure. */
export function checkOrder(order: OrderFile, files: readonly OrderedFile[]): Finding[] {
  const { path, lines, unreadable } = order;
  if (unreadable.length > 0) {
    return unreadable.slice(0, 1).map((line) =>
      finding('order-conflict', `line ${line} is no line of an order file`, {
        file: path,
        at: { line, column: 1 },
        fix: 'merge it: keep the lines of both branches, give your migration the next free number, then `migrate check --write`',
      }),
    );
  }
  if (lines === undefined) {
    if (files.length === 0) return [];
    return [
      finding(
        'order-missing',
        'there is no order file: two branches that add the same number would not conflict in git',
        {
          file: path,
          fix: 'write it with `migrate check --write`, and commit it',
        },
      ),
    ];
  }
  return [...changed(lines, files), ...movedAbout(lines, files, path), ...outOfOrder(lines, files)];
}

function changed(lines: readonly OrderLine[], files: readonly OrderedFile[]): Finding[] {
  const lineOf = new Map(lines.map((line) => [line.id, line]));
  return files.flatMap(({ id, checksum, path }) => {
    const line = lineOf.get(id);
    if (line === undefined || line.checksum === checksum) return [];
    return finding('order-changed', `changed since the order file was written (${line.checksum}, now ${checksum})`, {
      migration: id,
      file: path,
      fix: `if it was applied anywhere, restore it and write a new migration; else \`migrate check --write\``,
    });
  });
}

/** Files without a line and lines without a file, and those of both that are one. */
function movedAbout(lines: readonly OrderLine[], files: readonly OrderedFile[], orderPath: string): Finding[] {
  const ids = new Set(files.map(({ id }) => id));
  const listed = new Set(lines.map(({ id }) => id));
  const gone = new Set(lines.filter(({ id }) => !ids.has(id)));
  const findings: Finding[] = [];
  for (const { id, checksum, path } of files.filter((file) => !listed.has(file.id))) {
    const before = [...gone].find((line) => nameOf(line.id) === nameOf(id) || line.checksum === checksum);
    if (before) gone.delete(before);
    findings.push(
      before
        ? finding(
            'renumbered',
            `was \`${before.id}\`: where that was applied, it is missing now, and this one is pending`,
            {
              migration: id,
              file: path,
              fix: `name it \`${before.id}\` again; ${accept}`,
            },
          )
        : finding('order-unlisted', 'is not in the order file', {
            migration: id,
            file: path,
            fix: 'write it there with `migrate check --write`, and commit that',
          }),
    );
  }
  for (const { id } of gone) {
    findings.push(
      finding('order-gone', `\`${id}\` is in the order file, and has no file`, {
        migration: id,
        file: orderPath,
        fix: `restore the file; ${accept}`,
      }),
    );
  }
  return findings;
}

function outOfOrder(lines: readonly OrderLine[], files: readonly OrderedFile[]): Finding[] {
  const findings: Finding[] = [];
  const pathOf = new Map(files.map(({ id, path }) => [id, path]));
  const unlisted = files.filter(({ id }) => !lines.some((line) => line.id === id));
  let last: string | undefined;
  for (const { id } of [...lines, ...unlisted]) {
    if (last !== undefined && compareIds(id, last) < 0 && pathOf.has(id)) {
      findings.push(
        finding('out-of-order', `comes before \`${last}\`, which was added earlier and may be applied already`, {
          migration: id,
          file: pathOf.get(id),
          fix: `give the file a number after \`${last}\`: \`up\` refuses one that is out of order`,
        }),
      );
    } else last = id;
  }
  return findings;
}

function nameOf(id: string): string {
  return id.replace(/^\d+[-_]/, '');
}
