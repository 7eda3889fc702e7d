/**
 * `work` on each of `chunks`, at most `inFlight` at once; results in order. After a failure nothing new starts, and
 * the call rejects only when everything that had started is over: nothing may still be writing then.
 */
export async function mapChunks<T, R>(
  chunks: readonly T[],
  inFlight: number,
  work: (chunk: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < chunks.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(chunks[index] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: Math.min(inFlight, chunks.length) }, worker));
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
