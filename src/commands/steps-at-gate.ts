import { phaseOfMove, syncDirection } from '../ledger/move-phase.js';
import { isOffline, streamOf } from '../migrator/move/prepare-move.js';
import { watchingFunction } from '../migrator/move/sync-consumer.js';
import type { NextStep } from './report.js';
import type { Session } from './session.js';

/** What may be done with a move that waits for a person, the usual thing first. */
export async function stepsAtGate({ commandLine, migrator }: Session, id: string): Promise<NextStep[]> {
  const row = await migrator.ledger.get(id);
  if (!row) return [];
  const offline = isOffline(row);
  const direction = syncDirection(row);
  const isFollowed = direction && (await watchingFunction(migrator, row, streamOf(row, direction), direction));
  const sync = (why: string) => {
    if (offline || isFollowed) return [];
    if (migrator.settings.sync === 'process') return [{ why, command: commandLine(`sync run ${id}`) }];
    return migrator.settings.sync === 'deploy'
      ? [{ why, command: commandLine(`sync deploy ${id}`) }]
      : [{ why: `${why}: deploy what this writes`, command: commandLine(`sync generate ${id}`) }];
  };
  if (phaseOfMove(row) === 'sync' && row.state === 'waiting') {
    return [...sync('keep the new table level'), { why: 'go on once it is there', command: commandLine('up') }];
  }
  if (phaseOfMove(row) === 'reverse') {
    const end = { why: 'end the move once you are sure', command: commandLine(`complete ${id}`) };
    // One that cannot be taken back follows nothing after its cutover.
    if (!offline && row.move?.streams?.down?.arn === undefined) return [end];
    return [
      ...sync('keep the old table level, for the way back'),
      end,
      { why: 'go back to the old table', command: commandLine(offline ? 'down --offline' : 'down') },
    ];
  }
  if (phaseOfMove(row) === 'complete') return [{ why: 'go on with it', command: commandLine(`complete ${id}`) }];
  const pointer = (await migrator.pointers.list()).find(({ migration }) => migration === id);
  if (pointer?.frozen) {
    return [
      { why: 'writes are held back: go on with the cutover', command: commandLine(`cutover ${id}`) },
      { why: 'or let them go on where they went', command: commandLine(`cutover ${id} --abort`) },
    ];
  }
  const cutover = `cutover ${id}${offline ? ' --offline' : ''}`;
  const missed = (await migrator.streamCheckpoints.list(id)).some(({ gap }) => gap);
  const { quarantined, contested, misshapen } = await migrator.obligations.count(id);
  return [
    ...(missed
      ? [{ why: 'bring over what the stream may have lost', command: commandLine(`verify ${id} --repair`) }]
      : []),
    ...(quarantined + contested + misshapen > 0
      ? [{ why: 'see the items that bar the cutover', command: commandLine(`errors ${id}`) }]
      : []),
    ...sync('keep the new table level until the cutover'),
    { why: 'see every gate of the cutover', command: commandLine(`${cutover} --dry-run`) },
    { why: 'make the new table the one in use', command: commandLine(cutover) },
  ];
}
