import { isWatching, type StoredLambdaWatch, vouchesSince } from '../../ledger/lambda-watch.js';
import type { Lease } from '../../ledger/lease.js';
import type { BoundStreamCheckpoints, StreamBinding } from '../../ledger/stream-checkpoints.js';
import type { Migrator } from '../migrator.js';

/**
 * The positions of a process in a stream that a deployed function follows too. Records that expired while no process
 * followed are no gap where the function had them: it was there all the time, and what it could not handle it wrote
 * down, which bars the cutover by itself.
 */
export function vouchedCheckpoints(
  { streamCheckpoints, lambdaWatches, clock }: Pick<Migrator, 'streamCheckpoints' | 'lambdaWatches' | 'clock'>,
  lease: Lease,
  binding: StreamBinding,
): BoundStreamCheckpoints {
  const bound = streamCheckpoints.bind(lease, binding);
  /** The oldest moment up to which this process had handled all of a shard. */
  let from: number | undefined;

  function isVouched(watch: StoredLambdaWatch | undefined): boolean {
    const now = clock.wall();
    return from !== undefined && isWatching(watch, { streamArn: binding.streamArn, now }) && vouchesSince(watch, from);
  }

  return {
    ...bound,
    async load() {
      const loaded = await bound.load();
      from = loaded.positions.reduce<number | undefined>(
        (oldest, { savedAt }) => Math.min(oldest ?? savedAt, savedAt),
        undefined,
      );
      return loaded;
    },
    async save(position, gap) {
      const { id, direction } = binding;
      // Another stream is another mapping, and what was written between the two is in neither.
      const excused =
        gap !== undefined && gap !== 'stream-replaced' && isVouched(await lambdaWatches.get(id, direction));
      await bound.save(position, excused ? undefined : gap);
    },
  };
}
