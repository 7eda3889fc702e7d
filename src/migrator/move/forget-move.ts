import { throwIfStopped } from '../../errors.js';
import { watchSegments } from '../../ledger/segment-watch.js';
import type { LockedMigrator } from '../migrator.js';

const lookMs = 500;

/** Forgets how far a move had come, once there is nothing to go on with. */
export async function forgetProgress(migrator: LockedMigrator, id: string): Promise<void> {
  const { checkpoints, intents, lease, obligations } = migrator;
  await endWorkers(migrator, id, { remove: true });
  await intents.clear(lease, id);
  await obligations.clear(lease, id);
  for (const part of ['', '#verify-source', '#verify-target']) await checkpoints.clear(lease, `${id}${part}`);
}

export interface EndWorkersOptions {
  /** Remove the segments as well, so that none is ever taken again. Default: false. */
  readonly remove?: boolean;
}

/**
 * Waits until nobody works on a segment of a move any more, once its phase says that nobody may: a worker looks at the
 * phase after it took a segment, so it sees it, or is seen here. One that is dead is waited for like everywhere, and
 * for what it sent last.
 */
export async function endWorkers(
  { segments, clock, settings, lease, signal, emit }: LockedMigrator,
  id: string,
  { remove = false }: EndWorkersOptions = {},
): Promise<void> {
  const watch = watchSegments({ clock, exclusiveEngine: settings.engine?.kind === 'dynalite' });
  let isFirst = true;
  let sawDead = false;
  for (;;) {
    throwIfStopped(signal, 'stopped while workers were waited for');
    lease.assertHeld();
    let held = 0;
    for (const state of await segments.listAll(id)) {
      const found = watch.look(state);
      sawDead ||= found === 'dead' && settings.engine?.kind !== 'dynalite';
      if (found === 'held' || (remove && !(await segments.remove(id, state)))) held += 1;
    }
    if (held === 0) break;
    if (isFirst) emit({ type: 'note', message: `waiting for ${held} workers of ${id} to leave` });
    isFirst = false;
    await clock.sleep(lookMs, { signal: AbortSignal.any([lease.signal, signal]) });
  }
  if (sawDead) await clock.sleep(settings.leaseMs, { signal: lease.signal });
}
