import { expect, test } from 'vitest';
import type { Obligation } from '../../src/reconcile/ports.js';
import { settleObligations } from '../../src/reconcile/settle-obligations.js';
import { byMail, fakeTables, renaming, text } from './fakes.js';

const reconcileOf = (id: string): Obligation => ({
  kind: 'reconcile',
  inFlight: false,
  intents: [{ unit: { id: text(id) }, keys: [{ id: text(id) }] }],
});

test('meets several at once, as many as it may', async () => {
  const tables = fakeTables(
    renaming,
    ['a', 'b', 'c'].map((id) => ({ id: text(id), v: text('1') })),
  );
  await tables.ports.obligations.add(['a', 'b', 'c'].map(reconcileOf));
  let [now, most] = [0, 0];
  const result = await settleObligations({
    ...tables.ports,
    obligations: { ...tables.ports.obligations, list: async () => [...tables.stored.values()] },
    readTarget: async () => [],
    waitHorizon: async () => undefined,
    parallel: 2,
    async writeTarget(writes) {
      now += 1;
      most = Math.max(most, now);
      const outcomes = await tables.ports.writeTarget(writes);
      now -= 1;
      return outcomes;
    },
  });
  expect(most).toBe(2);
  expect(result).toEqual({ settled: 3, left: [] });
  expect([...tables.target.values()].map(({ w }) => w)).toEqual([text('1'), text('1'), text('1')]);
});

test('two rows of one contested key are never arbitrated at once', async () => {
  const tables = fakeTables(byMail, [{ id: text('a'), mail: text('x') }]);
  const contested: Obligation = { kind: 'contested', key: { mail: text('x') }, claimants: [{ id: text('a') }] };
  await tables.ports.obligations.add([contested, contested]);
  let [now, most] = [0, 0];
  await settleObligations({
    ...tables.ports,
    obligations: { ...tables.ports.obligations, list: async () => [...tables.stored.values()] },
    async readTarget() {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      return [...tables.target.values()];
    },
    waitHorizon: async () => undefined,
    parallel: 4,
  });
  expect(most).toBe(1);
});

test('stopped, it finishes what is under way, and begins nothing', async () => {
  const tables = fakeTables(renaming, [{ id: text('a') }, { id: text('b') }]);
  await tables.ports.obligations.add([reconcileOf('a'), reconcileOf('b')]);
  const stop = new AbortController();
  const settling = settleObligations({
    ...tables.ports,
    obligations: { ...tables.ports.obligations, list: async () => [...tables.stored.values()] },
    readTarget: async () => [],
    waitHorizon: async () => undefined,
    signal: stop.signal,
    async writeTarget(writes) {
      stop.abort();
      return tables.ports.writeTarget(writes);
    },
  });
  await expect(settling).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(tables.stored.size).toBe(1);
  expect(tables.target.size).toBe(1);
});
