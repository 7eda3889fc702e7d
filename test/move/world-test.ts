import { test as base } from 'vitest';
import { startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createWorld, type World, type WorldOptions } from './cutover-world.js';

/**
 * A test in worlds of its own, on an engine that the tests of its file share. They mostly wait, for writers and for
 * leases, so those of a file run beside each other: `concurrent`.
 */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what is wanted.
  .extend('engine', { scope: 'file' }, async ({}, { onCleanup }) => {
    const engine = await startDynamoDbLocal();
    onCleanup(() => engine.close());
    return engine;
  })
  .extend('open', async ({ engine }, { onCleanup }) => {
    const made: World[] = [];
    onCleanup(async () => {
      for (const world of made) await world.dispose();
    });
    return async (options: Omit<WorldOptions, 'engine'> = {}): Promise<World> => {
      const world = await createWorld({ engine, ...options });
      made.push(world);
      return world;
    };
  });
