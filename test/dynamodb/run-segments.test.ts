import { setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import { runSegments } from '../../src/dynamodb/run-segments.js';
import { MigrateError } from '../../src/errors.js';

const never = new AbortController().signal;

/** Tasks that end when they are told to, and what is under way. */
function tasks(count: number) {
  const open = new Map<number, { readonly end: () => void; readonly fail: (error: unknown) => void }>();
  const list = Array.from(
    { length: count },
    (_, index) => (stopped: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const close = (settle: () => void) => {
          open.delete(index);
          settle();
        };
        open.set(index, { end: () => close(resolve), fail: (error) => close(() => reject(error)) });
        setMaxListeners(0, stopped);
        stopped.addEventListener('abort', () => close(() => reject(new MigrateError('INTERRUPTED', 'stopped'))));
      }),
  );
  return { list, open };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a table of any size has 8 segments under way, and the next one begins where one ends', async () => {
  const { list, open } = tasks(40);
  const running = runSegments(never, list);
  for (let ended = 0; ended < 40; ended++) {
    await settled();
    expect(open.size).toBe(Math.min(8, 40 - ended));
    // The first one is hot, and goes on to the end.
    [...open.values()].at(-1)?.end();
  }
  await running;
});

test('after a failure no other one begins, and its error is the one that is told', async () => {
  const { list, open } = tasks(40);
  const running = runSegments(never, list);
  await settled();
  const begun = [...open.keys()];
  open.get(3)?.fail(new Error('broken'));
  await expect(running).rejects.toThrow('broken');
  expect(begun).toHaveLength(8);
  expect(open.size).toBe(0);
});
