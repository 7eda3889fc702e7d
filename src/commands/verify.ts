import { appendFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MigrateError } from '../errors.js';
import { syncDirection } from '../ledger/move-phase.js';
import { encodeRawKey } from '../ledger/raw-key.js';
import { checkBudgets } from '../migrator/check-budgets.js';
import { heedControl } from '../migrator/heed-control.js';
import { forgiveMissed, missedRecords } from '../migrator/move/missed-records.js';
import { isOffline, streamOf } from '../migrator/move/prepare-move.js';
import { mismatch, type VerifyMoveOptions, type VerifyResult, verifyMove } from '../migrator/move/verify-move.js';
import { withSync } from '../migrator/move/with-sync.js';
import { withMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { stepsAtGate } from './steps-at-gate.js';

export interface VerifyOptions extends CommandOptions {
  readonly id: string;
  /** Per cent of the items to compare, more than 0 to 100. Default: all. */
  readonly sample?: number | undefined;
  /** Reconcile what differs. */
  readonly repair?: boolean | undefined;
  /** A file for the differences, a JSON document a line: keys and names of attributes, never values. */
  readonly differences?: string | undefined;
}

/**
 * Compares both tables of a move, item by item, in both directions.
 *
 * @throws MigrateError `VERIFY_MISMATCH` when they differ.
 */
export function verify(options: VerifyOptions): Promise<Report> {
  return reportOrThrow(runVerify(options));
}

export function runVerify(options: VerifyOptions): Promise<Outcome> {
  const { id, sample = 100, repair = false, differences: file, cwd = process.cwd() } = options;
  return runCommand('verify', options, async (session) => {
    if (!(sample > 0 && sample <= 100)) {
      throw new MigrateError('USAGE', `\`sample\` is ${sample}, not more than 0 and at most 100`, {
        fix: 'migrate verify --help',
      });
    }
    const isFull = repair && sample === 100;
    const path = file === undefined ? undefined : resolve(cwd, file);
    const result = await withMove(session, id, async (locked, { move, row }) => {
      const direction = syncDirection(row);
      if (!direction || row.phase === 'sync' || row.phase === 'backfill') {
        throw new MigrateError(
          'MIGRATION_UNFINISHED',
          `migration \`${id}\` has nothing to compare now (${row.phase ?? row.state})`,
          {
            migration: id,
            fix:
              row.state === 'applied'
                ? 'a move that is complete follows nothing any more'
                : 'take it to its gate: `migrate up`',
          },
        );
      }
      const wanted: Omit<VerifyMoveOptions, 'signal'> = {
        direction,
        sample: sample / 100,
        repair,
        // One that is gone on with has found some already.
        onBegin: async (resumed) => {
          if (path !== undefined && !resumed) await writeFile(path, '');
        },
        onDifferences: async (found) => {
          if (path !== undefined) await appendFile(path, found.map(lineOf).join(''));
        },
      };
      const compare = async () => {
        if (isOffline(row)) {
          const before = await missedRecords(locked, id);
          const found = await verifyMove(locked, move, row, { ...wanted, signal: locked.signal });
          if (isFull && isLevel(found)) await forgiveMissed(locked, id, before);
          return found;
        }
        return withSync(locked, move, { direction, streamArn: streamOf(row, direction) ?? '' }, async (sync) => {
          await sync.assertOn();
          await sync.untilClose();
          const before = await missedRecords(locked, id);
          const found = await verifyMove(locked, move, row, { ...wanted, signal: sync.signal });
          if (isFull && isLevel(found)) await forgiveMissed(locked, id, before);
          return found;
        });
      };
      await checkBudgets(locked, move.definition);
      return heedControl(locked, id, compare);
    });
    const { compared, repaired, differences } = result;
    const total = Object.values(differences).reduce((sum, count) => sum + count, 0);
    session.done.push(id);
    const report = { compared, repaired, ...differences, samples: result.samples.slice(0, 20).map(reportOf) };
    return {
      verify: report,
      failure: total > 0 ? mismatch(id, result) : undefined,
      next: await stepsAtGate(session, id),
    };
  });
}

function isLevel({ differences }: VerifyResult): boolean {
  return Object.values(differences).every((count) => count === 0);
}

type Difference = VerifyResult['samples'][number];

function reportOf({ kind, unit, key, attributes, error }: Difference) {
  return {
    kind,
    sourceKey: unit ? encodeRawKey(unit) : null,
    targetKey: key ? encodeRawKey(key) : null,
    attributes,
    error: error ? `${error.code}: ${error.message}` : null,
  };
}

function lineOf(difference: Difference): string {
  return `${JSON.stringify(reportOf(difference))}\n`;
}
