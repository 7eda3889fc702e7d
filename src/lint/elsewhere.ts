/** A place that answers otherwise than here. */
export interface Elsewhere {
  readonly now: number;
  readonly random: number;
  readonly timeZone: string;
}

/**
 * Calls a synchronous function as if somewhere else, at another time, and puts everything back. What it asks of the
 * network is refused.
 */
export function callElsewhere<R>({ now, random, timeZone }: Elsewhere, call: () => R): R {
  const { Date: RealDate, fetch: realFetch, crypto, process: host } = globalThis;
  const { random: realRandom } = Math;
  const { randomUUID, getRandomValues } = crypto;
  const { TZ } = host.env;
  class OtherDate extends RealDate {
    constructor(...args: readonly unknown[]) {
      super(...((args.length === 0 ? [now] : args) as [number]));
    }
    static override now() {
      return now;
    }
  }
  try {
    globalThis.Date = OtherDate as DateConstructor;
    globalThis.fetch = () => Promise.reject(new Error('a transform has no network'));
    Math.random = () => random;
    crypto.randomUUID = () => `00000000-0000-4000-8000-${String(now).padStart(12, '0').slice(-12)}`;
    crypto.getRandomValues = ((array: Uint8Array) => array.fill(Math.floor(random * 255))) as typeof getRandomValues;
    // Node takes the time zone from here at once.
    host.env.TZ = timeZone;
    return call();
  } finally {
    globalThis.Date = RealDate;
    globalThis.fetch = realFetch;
    Math.random = realRandom;
    Object.assign(crypto, { randomUUID, getRandomValues });
    if (TZ === undefined) delete host.env.TZ;
    else host.env.TZ = TZ;
  }
}
