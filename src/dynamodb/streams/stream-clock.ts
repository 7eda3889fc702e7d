/** Time as the consumer of a stream sees it; the ledger's clock is one. */
export interface StreamClock {
  /** Milliseconds since 1970: what a record's creation time is compared with. */
  wall(): number;
  /** Milliseconds since any fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}
