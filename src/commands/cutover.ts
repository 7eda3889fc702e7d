import { messageOf } from '../errors.js';
import { cutoverMove, requireCutoverPhase } from '../migrator/move/cutover-move.js';
import { checkGates, commandFor } from '../migrator/move/gates.js';
import { streamOf } from '../migrator/move/prepare-move.js';
import { abortSwitch } from '../migrator/move/take-back.js';
import { findFile, findMove, withMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import type { Session } from './session.js';
import { stepsAtGate } from './steps-at-gate.js';

export interface CutoverCommandOptions extends CommandOptions {
  readonly id: string;
  /** Only look at the gates. */
  readonly dryRun?: boolean | undefined;
  /** The word that nobody writes, for an engine without streams. */
  readonly offline?: boolean | undefined;
  /** The word that the applications use the new table's name already, and do not look at the pointer. */
  readonly ack?: boolean | undefined;
  /** Consent to a way back that loses something. */
  readonly acceptLossy?: boolean | undefined;
  /** The word that no other region of a global table writes any more. */
  readonly acceptReplicas?: boolean | undefined;
  /** Let writes go on after a cutover that died in the middle. */
  readonly abort?: boolean | undefined;
}

/** Makes the target of a move the table in use. */
export function cutover(options: CutoverCommandOptions): Promise<Report> {
  return reportOrThrow(runCutover(options));
}

export function runCutover(options: CutoverCommandOptions): Promise<Outcome> {
  const { id, dryRun = false, offline = false, ack = false, abort = false } = options;
  const { acceptLossy = false, acceptReplicas = false } = options;
  return runCommand('cutover', options, async (session) => {
    const { migrator, commandLine, done } = session;
    const flags = { offline, ack, acceptLossy, acceptReplicas };
    const typed = Object.entries({ offline, ack, 'accept-lossy': acceptLossy, 'accept-replicas': acceptReplicas });
    const again = ['cutover', id, ...typed.flatMap(([flag, on]) => (on ? [`--${flag}`] : []))].join(' ');
    const next = { why: 'make the new table the one in use', command: commandLine(again) };
    if (dryRun) {
      const { move, row } = await findMove(session, id, await session.rows());
      requireCutoverPhase(id, row);
      const gates = await checkGates(migrator, move, row, flags);
      const closed = gates.filter((gate) => !gate.open);
      const ways = closed.flatMap(({ name }) => {
        const command = commandFor(name, id, again);
        return command === undefined ? [] : [{ why: `open the gate ${name}`, command: commandLine(command) }];
      });
      return { gates, next: closed.length > 0 ? ways : [next], exitCode: closed.length > 0 ? 8 : 0 };
    }
    if (abort) {
      await withMove(session, id, async (locked, { move, row }) => {
        requireCutoverPhase(id, row);
        await abortSwitch(locked, move, row);
      });
      return { next: [next] };
    }
    const gates = await withMove(session, id, async (locked, { move, row }) => {
      requireCutoverPhase(id, row);
      return cutoverMove(locked, move, row, flags);
    });
    done.push(id);
    await deployReverseSync(session, id);
    return {
      gates,
      next: await stepsAtGate(session, id),
    };
  });
}

/** Where `up` deploys the functions, the cutover does: the target's stream is on now. It is made, whatever comes of this. */
async function deployReverseSync(session: Session, id: string): Promise<void> {
  const { migrator, settings, warn } = session;
  if (settings.sync !== 'deploy') return;
  const row = await migrator.ledger.get(id);
  if (!row || streamOf(row, 'down') === undefined) return;
  try {
    const { deployMove } = await import('./deployed-sync.js');
    const file = await findFile(session, id, await session.rows());
    await deployMove(migrator, file, row, { consent: async () => undefined });
  } catch (error) {
    warn(`the cutover is made, but its reverse sync could not be deployed: ${messageOf(error)}`);
  }
}
