import { setMaxListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
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

test('as many are under way as there may be at once, and the next one begins where one ends', async () => {
  const { list, open } = tasks(40);
  const running = runSegments(never, list, () => 8);
  for (let ended = 0; ended < 40; ended++) {
    await settled();
    expect(open.size).toBe(Math.min(8, 40 - ended));
    // The first one is hot, and goes on to the end.
    [...open.values()].at(-1)?.end();
  }
  await running;
});

test('when there may be more of them, they begin though none has ended', async () => {
  const { list, open } = tasks(3);
  let atOnce = 1;
  const running = runSegments(never, list, () => atOnce);
  await settled();
  expect(open.size).toBe(1);
  atOnce = 2;
  await vi.waitFor(() => expect(open.size).toBe(2), 10_000);
  while (open.size > 0) {
    for (const { end } of open.values()) end();
    await settled();
  }
  await running;
});

test('after a failure no other one begins, and its error is the one that is told', async () => {
  const { list, open } = tasks(40);
  const running = runSegments(never, list, () => 8);
  await settled();
  const begun = [...open.keys()];
  open.get(3)?.fail(new Error('broken'));
  await expect(running).rejects.toThrow('broken');
  expect(begun).toHaveLength(8);
  expect(open.size).toBe(0);
});
