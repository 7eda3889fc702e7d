import type { MoveMigration } from '../../definition/define-move.js';
import { checkTarget } from '../../dynamodb/check-target.js';
import { findTable } from '../../dynamodb/describe-table.js';
import { planTarget } from '../../dynamodb/plan-target.js';
import { describeSource } from '../../dynamodb/read-source.js';
import { scanSegment } from '../../dynamodb/scan.js';
import { isMigrateError } from '../../errors.js';
import { keyOf } from '../../item/key.js';
import { targetItemsOf } from '../../reconcile/mapping.js';
import { describeTransform } from '../../transform/describe-transform.js';
import type { Run } from '../begin-run.js';
import type { DryRun } from '../events.js';
import type { Migrator } from '../migrator.js';
import { openMove } from './move.js';
import { notEmptyText } from './prepare-move.js';

const pageSize = 1_000;

/** Reads the whole source, and tells what the target would get. */
export async function dryRunMove(
  migrator: Migrator,
  definition: MoveMigration,
  { file, direction }: Run,
): Promise<DryRun> {
  const { client, signal } = migrator;
  const move = await openMove(migrator, file, definition);
  const { source, target, mapping } = move;
  if (direction === 'down') return { lines: [await routeBack(migrator, definition)], itemErrors: 0 };
  const plan = planTarget(await describeSource(client, source.tableName), {
    tableName: target.tableName,
    wishes: definition.target,
    ...(definition.rekeyed && { rekeyed: definition.rekeyed }),
  });
  const lines = [`move ${source.tableName} to ${target.tableName}: ${describeTransform(definition.up)}`];
  if (definition.target.expect) {
    const { warnings, empty } = await checkTarget(client, plan, target.tableName);
    lines.push(`${target.tableName} is there, as expected`, ...warnings);
    if (!empty) lines.push(notEmptyText(target.tableName));
  } else {
    const there = (await findTable(client, target.tableName)) !== undefined;
    lines.push(there ? `${target.tableName} is there already` : `${target.tableName} would be created`);
    lines.push(...plan.notCarried.map((what) => `not carried over: ${what}`));
  }

  const counts = { scanned: 0, written: 0, leftOut: 0, errors: 0 };
  let first: string | undefined;
  const pages = scanSegment({
    client,
    tableName: source.tableName,
    segment: 0,
    totalSegments: 1,
    limit: pageSize,
    consistent: false,
  });
  for await (const page of pages) {
    signal.throwIfAborted();
    for (const item of page.items) {
      counts.scanned += 1;
      try {
        const { length } = targetItemsOf(keyOf(item, mapping.sourceKeys), item, mapping);
        counts.written += length;
        if (length === 0) counts.leftOut += 1;
      } catch (error) {
        if (!isMigrateError(error)) throw error;
        counts.errors += 1;
        first ??= `${error.key}: ${error.message}`;
      }
    }
  }
  lines.push(
    `${counts.scanned} items read, ${counts.written} would be written, ${counts.leftOut} left out, ${counts.errors} would fail`,
    ...(first === undefined ? [] : [`first: ${first}`]),
  );
  return { lines, itemErrors: counts.errors };
}

async function routeBack({ pointers }: Migrator, { from, to, irreversible }: MoveMigration): Promise<string> {
  const inUse = (await pointers.get(from.name))?.active === 'target';
  if (!inUse) return `${from.name} is in use: the move would be given up, and ${to.name} deleted if the move made it`;
  if (irreversible !== undefined) return `cannot be taken back after its cutover: ${irreversible}`;
  return `${to.name} is in use: ${from.name} would be brought level with it through \`down\`, and take over again`;
}
