import type { TargetWrite } from './ports.js';

/** A write that somebody plans. It is handed on as it is: a page has a thousand of them. */
export interface PlannedWrite<T> extends TargetWrite {
  readonly unit: T;
  /** The id of the key that is written. */
  readonly id: string;
}

/**
 * Puts writes into as few requests' worth as their keys allow: no key twice in a wave. Deletes go first, so that a
 * key that one unit gives up is free when another one of the same batch takes it.
 */
export function inWaves<T>(writes: readonly PlannedWrite<T>[]): PlannedWrite<T>[][] {
  const waves: PlannedWrite<T>[][] = [];
  const earlier = new Map<string, number>();
  const add = (planned: PlannedWrite<T>) => {
    const wave = earlier.get(planned.id) ?? 0;
    earlier.set(planned.id, wave + 1);
    const members = waves[wave];
    if (members) members.push(planned);
    else waves.push([planned]);
  };
  for (const planned of writes) if (planned.item === undefined) add(planned);
  for (const planned of writes) if (planned.item !== undefined) add(planned);
  return waves;
}
