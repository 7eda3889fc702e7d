import { describeTable } from '../../dynamodb/describe-table.js';
import { policyAccess } from '../../dynamodb/write-fence.js';
import { MigrateError } from '../../errors.js';
import { drainMs } from '../../ledger/pointers.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { Migrator } from '../migrator.js';
import type { CutoverOptions } from './cutover-move.js';
import type { Move } from './move.js';
import { isOffline, isStreamOn } from './prepare-move.js';

/** What a cutover can catch up with in a moment. */
const gateLagMs = 60_000;

/** One thing that has to be so before a cutover, and how it is. */
export interface Gate {
  readonly name: string;
  readonly open: boolean;
  readonly value: string;
  /** What opens it. */
  readonly fix: string | null;
}

/** Looks at every gate of a cutover. Reads only. */
export async function checkGates(
  migrator: Migrator,
  move: Move,
  row: LedgerRow,
  { offline, ack, acceptLossy, acceptReplicas }: CutoverOptions,
): Promise<Gate[]> {
  const { client, intents, obligations, pointers, streamCheckpoints, syncStatus, settings } = migrator;
  const { id, checksum, definition, source } = move;
  const gates: Gate[] = [];
  const gate = (name: string, open: boolean, value: string, fix: string) =>
    gates.push({ name, open, value, fix: open ? null : fix });

  const { verified, lossy } = row.move ?? {};
  const verify = `migrate verify ${id}`;
  if (!verified) gate('verify', false, 'never', `run \`${verify}\``);
  else {
    const current = verified.checksum === checksum;
    const value = `${verified.compared} compared, ${verified.differences} differences, ${verified.at}${verified.full ? '' : ', a sample only'}${current ? '' : ', with another version of the file'}`;
    gate('verify', verified.clean && verified.full && current, value, `run \`${verify}\` in full until it is clean`);
  }

  const { quarantined, contested, misshapen, reconcile } = await obligations.count(id, 'up');
  const open = quarantined + contested + misshapen;
  const value = `${quarantined} items in quarantine, ${contested} contested keys, ${misshapen} unreadable records, ${reconcile} to be looked at again`;
  gate(
    'obligations',
    open === 0,
    value,
    `see \`migrate errors ${id}\`, mend the causes, then \`migrate errors ${id} --retry\``,
  );

  const slots = await intents.count(id);
  gate('intents', slots === 0, `${slots} pages under way`, 'finish the backfill: `migrate up`');

  if (isOffline(row)) {
    gate(
      'sync',
      offline,
      'the engine has no streams',
      'see that nobody has written since `up`, then say so: `--offline`',
    );
  } else {
    const gap = (await streamCheckpoints.list(id)).find((position) => position.gap)?.gap;
    // A cutover that died in the middle has switched it off itself.
    const isOn = row.phase !== 'ready' || (await isStreamOn(migrator, move, row, 'up'));
    const missed = gap ? `records may be lost: ${gap.reason}` : 'nothing was missed';
    gate('stream', gap === undefined && isOn, isOn ? missed : 'somebody switched it off', `run \`${verify} --repair\``);
    // And nobody follows then, so the lag stays what it was.
    const status = row.phase === 'ready' ? await syncStatus.get(id, 'up') : undefined;
    const lagMs = status?.caughtUp ? 0 : status?.lagMs;
    const lag = lagMs === undefined ? 'unknown; the cutover catches up first' : `${Math.round(lagMs / 1_000)} s`;
    gate('lag', (lagMs ?? 0) <= gateLagMs, lag, `let \`migrate sync run ${id}\` catch up`);
  }

  if (!definition.down) gate('way back', true, `none after the cutover: ${definition.irreversible}`, '');
  else if (lossy) {
    const text = `lossy: ${lossy.count} sampled items do not survive it, for example ${lossy.key}`;
    gate('way back', acceptLossy, text, 'consent to it: `--accept-lossy`, or write a `down` that keeps everything');
  } else gate('way back', true, isOffline(row) ? 'by comparing both tables (down --offline)' : 'by reverse sync', '');

  const { TableArn = '', Replicas = [] } = await describeTable(client, source.tableName);
  const regions = Replicas.map(({ RegionName = '' }) => RegionName).join(', ');
  if (regions !== '') {
    gate(
      'replicas',
      acceptReplicas,
      `a global table: writes in ${regions} ${acceptReplicas ? 'have ended, by your word (--accept-replicas)' : 'are not held back, and come too late'}`,
      'hold back the writes of the other regions, wait until they have arrived, then say so: `--accept-replicas`',
    );
  }

  const drain = drainMs((await pointers.get(definition.from.name)) ?? settings.cutover) / 1_000;
  const pointer = `by the pointer: writes are held back for ${drain} s and the rest of the stream`;
  if (isOffline(row))
    gate('writers', true, offline ? 'nobody writes, by your word (--offline)' : 'nobody may write', '');
  else gate('writers', true, ack ? 'shipped with the new name (--ack)' : pointer, '');
  const fence = settings.cutover.denyPolicy ? await policyAccess(client, TableArn) : 'left out';
  gate(
    'fence',
    fence !== 'denied',
    fences[fence],
    'allow GetResourcePolicy, PutResourcePolicy and DeleteResourcePolicy on the table, or leave the policy out: `cutover: { denyPolicy: false }`',
  );
  return gates;
}

const fences = {
  allowed: 'a policy that denies writes',
  unsupported: 'none: this engine has no policies on tables',
  denied: 'IAM denies dynamodb:GetResourcePolicy',
  'left out': 'none (denyPolicy: false)',
};

/** What to type for a gate that is closed, as far as a command opens it; `cutover` begins the command to be repeated. */
export function commandFor(gate: string, id: string, cutover: string): string | undefined {
  switch (gate) {
    case 'verify':
      return `verify ${id}`;
    case 'obligations':
      return `errors ${id}`;
    case 'intents':
      return 'up';
    case 'stream':
      return `verify ${id} --repair`;
    case 'lag':
      return `sync run ${id}`;
    case 'sync':
      return `${cutover} --offline`;
    case 'way back':
      return `${cutover} --accept-lossy`;
    case 'replicas':
      return `${cutover} --accept-replicas`;
    default:
      return undefined;
  }
}

/** @throws MigrateError `CUTOVER_REFUSED` unless every gate is open. */
export function requireOpen(migration: string, gates: readonly Gate[]): void {
  const closed = gates.filter(({ open }) => !open);
  const [first] = closed;
  if (!first) return;
  const list = closed.map(({ name, value }) => `${name} (${value})`).join('; ');
  throw new MigrateError('CUTOVER_REFUSED', `the cutover is barred by ${list}`, {
    migration,
    fix: closed.map(({ fix }) => fix).join('; '),
  });
}
