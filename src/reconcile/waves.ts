import { keyId } from '../item/key.js';
import type { Mapping } from './mapping.js';
import type { TargetWrite } from './ports.js';

export interface PlannedWrite<T> {
  readonly unit: T;
  readonly write: TargetWrite;
}

/**
 * Puts writes into as few requests' worth as their keys allow: no key twice in a wave. Deletes go first, so that a
 * key that one unit gives up is free when another one of the same batch takes it.
 */
export function inWaves<T>(writes: readonly PlannedWrite<T>[], { targetKeys }: Mapping): PlannedWrite<T>[][] {
  const waves: PlannedWrite<T>[][] = [];
  const earlier = new Map<string, number>();
  const ordered = [
    ...writes.filter(({ write }) => write.item === undefined),
    ...writes.filter(({ write }) => write.item !== undefined),
  ];
  for (const planned of ordered) {
    const id = keyId(planned.write.key, targetKeys);
    const wave = earlier.get(id) ?? 0;
    earlier.set(id, wave + 1);
    const members = waves[wave];
    if (members) members.push(planned);
    else waves.push([planned]);
  }
  return waves;
}
