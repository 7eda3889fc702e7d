/** Has whoever calls it while it works wait. Lambda never does; what one invocation opened serves the next one. */
export function oneByOne<Arguments extends unknown[], T>(
  work: (...args: Arguments) => Promise<T>,
): (...args: Arguments) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const mine = last.then(() => work(...args));
    last = mine.catch(() => undefined);
    return mine;
  };
}
