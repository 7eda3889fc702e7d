import { checkTarget } from '../../dynamodb/check-target.js';
import { createTarget } from '../../dynamodb/create-target.js';
import { describeTable, tableIdOf } from '../../dynamodb/describe-table.js';
import { planTarget } from '../../dynamodb/plan-target.js';
import { describeSource } from '../../dynamodb/read-source.js';
import { enableStream } from '../../dynamodb/streams/enable-stream.js';
import type { Direction, LedgerRow, MoveRecord } from '../../ledger/rows.js';
import { madeBy } from '../made-by.js';
import type { LockedMigrator } from '../migrator.js';
import type { Move } from './move.js';

/** Makes the target, or checks the one that is expected; answers what is worth keeping of it. */
export async function prepareTarget(migrator: LockedMigrator, move: Move): Promise<Partial<MoveRecord>> {
  const { client, emit, signal } = migrator;
  const { id, definition, source, target } = move;
  const log = (message: string) => emit({ type: 'log', id, message });
  const plan = planTarget(await describeSource(client, source.tableName), {
    tableName: target.tableName,
    wishes: definition.target,
    ...(definition.rekeyed && { rekeyed: definition.rekeyed }),
  });
  const made = await madeBy(migrator, id);
  if (definition.target.expect) {
    const { warnings, table, empty } = await checkTarget(client, plan, target.tableName);
    const items = empty ? [] : [notEmptyText(target.tableName)];
    for (const message of [...warnings, ...items]) emit({ type: 'warning', message });
    // An attempt of ours may have been about to make it, before somebody else did.
    if (made.has(target.tableName)) await made.remove(target.tableName);
    return { targetMade: false, targetId: tableIdOf(table), notCarried: [] };
  }
  const targetId = tableIdOf(await createTarget({ client, signal, log, made }, plan));
  const { notCarried, timeToLive } = plan;
  for (const what of notCarried) log(`not carried over to ${target.tableName}: ${what}`);
  return { targetMade: true, targetId, notCarried: [...notCarried], ...(timeToLive !== undefined && { timeToLive }) };
}

/** What is said of an expected target that has items. */
export function notEmptyText(tableName: string): string {
  return `\`${tableName}\` is not empty: items with a key of the source are overwritten, others bar the cutover, and \`verify --repair\` deletes them`;
}

/**
 * Switches on the stream of the table that leads, and records it: before, so that a crash in between cannot make the
 * stream look like somebody else's; and after, with its name.
 *
 * @returns `undefined` where the engine has no streams.
 */
export async function switchStreamOn(
  migrator: LockedMigrator,
  move: Move,
  row: LedgerRow,
  direction: Direction,
): Promise<LedgerRow> {
  const { client, ledger, lease, signal } = migrator;
  const { tableName } = direction === 'up' ? move.source : move.target;
  const known = row.move?.streams?.[direction];
  const table = await describeTable(client, tableName);
  const isOn = table.StreamSpecification?.StreamEnabled === true;
  // On already, and not by an attempt of ours that died: others may read it.
  const ours = isOn ? known?.enabledByUs === true && (!known.arn || known.arn === table.LatestStreamArn) : true;
  const record = (arn: string | undefined) => withStream(row, direction, { ...(arn && { arn }), enabledByUs: ours });
  if (!isOn) await ledger.update(lease, move.id, { move: record(undefined) });
  const stream = await enableStream(client, tableName, move.mapping.owner ? 'both-images' : 'keys', { signal });
  if (stream.kind === 'unsupported') {
    const { streams: _streams, ...rest } = moveOf(row);
    return ledger.update(lease, move.id, { move: { ...rest, offline: true } });
  }
  return ledger.update(lease, move.id, { move: record(stream.streamArn) });
}

/** Whether the stream that a direction follows is on, and the one that is followed: others may have switched it. */
export async function isStreamOn(
  { client }: Pick<LockedMigrator, 'client'>,
  move: Move,
  row: LedgerRow,
  direction: Direction,
): Promise<boolean> {
  const { tableName } = direction === 'up' ? move.source : move.target;
  const { StreamSpecification, LatestStreamArn } = await describeTable(client, tableName);
  return StreamSpecification?.StreamEnabled === true && LatestStreamArn === streamOf(row, direction);
}

/**
 * Switches the stream on again that somebody switched off, or takes the one that took its place. What was written in
 * between is in none of them: whoever follows the new one finds positions of the old one, which is a gap.
 */
export async function keepStreamOn(
  migrator: LockedMigrator,
  move: Move,
  row: LedgerRow,
  direction: Direction,
): Promise<LedgerRow> {
  if (isOffline(row) || (await isStreamOn(migrator, move, row, direction))) return row;
  const { tableName } = direction === 'up' ? move.source : move.target;
  migrator.emit({ type: 'warning', message: `the stream of ${tableName} was switched off; a new one is followed now` });
  return switchStreamOn(migrator, move, row, direction);
}

/** The record of a move; a row that was just begun has none. */
export function moveOf(row: LedgerRow): MoveRecord {
  return row.move ?? { source: '', target: '' };
}

function withStream(row: LedgerRow, direction: Direction, stream: { arn?: string; enabledByUs: boolean }): MoveRecord {
  const record = moveOf(row);
  return { ...record, offline: false, streams: { ...record.streams, [direction]: stream } };
}

/** Whether the tables of a move have no streams: it then stands on the word that nobody writes. */
export function isOffline(row: LedgerRow): boolean {
  return row.move?.offline === true;
}

/** The stream that a direction follows. */
export function streamOf(row: LedgerRow, direction: Direction): string | undefined {
  return row.move?.streams?.[direction]?.arn;
}
