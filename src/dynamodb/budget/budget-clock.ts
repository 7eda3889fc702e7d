/** Time as a budget needs it; the ledger's clock is one. */
export interface BudgetClock {
  /** Milliseconds since any fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined; readonly ref?: boolean }): Promise<void>;
}
