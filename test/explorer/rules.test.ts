import { describe, expect, test } from 'vitest';
import { onRawItems } from '../support/on-raw-items.js';
import { explore, type Scenario } from './explorer.js';
import type { ProgramOptions, Without } from './programs.js';
import { backfillProgram } from './programs.js';
import {
  applyImages,
  dualWriter,
  growingBackfill,
  nothingToSettle,
  putAlways,
  putAndRepair,
  putIfAbsent,
} from './recipes.js';
import { production, rekeyed, sameKey } from './scenarios.js';

/** Explores the scenario twice: whole, it holds; without the rule, there is a counterexample. */
async function needs(whole: Scenario, without: Scenario): Promise<void> {
  const good = await explore(whole);
  expect(good.violation).toBeUndefined();
  expect(good.compared).toBeGreaterThan(0);
  await refuted(without);
}

async function refuted(scenario: Scenario): Promise<void> {
  const { violation } = await explore(scenario);
  expect(violation?.what).toMatch(/ has .*, not |is no obligation|unnoticed/);
}

type Options = ProgramOptions & Pick<Scenario, 'initial' | 'bounds'> & Partial<Scenario>;

const needsRule = (options: Options, without: Without) =>
  needs(production(options), production({ ...options, without }));

describe('each rule is needed', () => {
  test('1: the stream is on before the scan', () =>
    needsRule(
      { mapping: sameKey, choices: [['1', '2']], initial: ['1'], streamOn: false, bounds: { writes: 1 } },
      { syncCheck: true },
    ));

  test('2: the intents of a page are stored before its first write', () =>
    needsRule(
      { mapping: sameKey, scripts: [['']], initial: ['1'], bounds: { crashes: 1 }, mortal: ['backfill'] },
      { intents: true },
    ));

  test('3: S is fixed for a call', async () => {
    const options: Options = {
      mapping: rekeyed,
      scripts: [['y', 'z']],
      initial: ['x'],
      bounds: { crashes: 1 },
      mortal: ['backfill'],
    };
    await needs(production(options), production({ ...options, backfill: growingBackfill(rekeyed) }));
  });

  test('4: a resumed worker waits for the horizon', () =>
    needsRule(
      { mapping: sameKey, scripts: [['2', '']], initial: ['1'], bounds: { crashes: 1 }, mortal: ['backfill'] },
      { horizon: true },
    ));

  test('4: a live worker’s unknown outcome is reconciled after the horizon', () =>
    needsRule({ mapping: sameKey, scripts: [['2']], initial: ['1'], bounds: { faults: 1 } }, { late: true }));

  test('4: a delivery’s batch is stored before its first write', () =>
    needsRule(
      { mapping: sameKey, scripts: [['2', '1']], initial: [''], bounds: { crashes: 1 }, mortal: ['delivery'] },
      { inFlight: true },
    ));

  test('5: one pure transform for the whole move', async () => {
    const changed = {
      ...sameKey,
      up: onRawItems((item) => sameKey.up(item).map((made) => ({ ...made, w2: { S: '' } }))),
    };
    const options: Options = { mapping: changed, scripts: [['2']], initial: ['1'], bounds: {} };
    await needs(production(options), production({ ...options, backfill: backfillProgram({ mapping: sameKey }) }));
  });

  test('6: poison is parked, not skipped', () =>
    needsRule({ mapping: sameKey, scripts: [['P']], initial: ['1'], bounds: {} }, { quarantine: true }));

  test('7: only reconcile writes the target', async () => {
    const options: Options = { mapping: sameKey, scripts: [['2']], initial: ['1'], bounds: {} };
    await needs(production(options), production({ ...options, bounds: { others: 1 }, other: dualWriter(sameKey) }));
  });

  const handover: Options = { mapping: rekeyed, scripts: [['y'], ['x']], initial: ['x', ''], bounds: { settles: 1 } };

  test('two owners: a refused claim is an obligation', () => needsRule(handover, { contested: true }));

  // Whole, this is one of the rows of protocol.test.ts.
  test('two owners: an obligation that grew is not removed', () =>
    refuted(
      production({
        mapping: rekeyed,
        scripts: [['y'], ['', 'x']],
        initial: ['x', 'x'],
        bounds: { settles: 1 },
        without: { generation: true },
      }),
    ));
});

describe('recipes that look right', () => {
  const recipe = { mapping: sameKey, settle: nothingToSettle, delivery: applyImages(sameKey) };

  test('backfill puts, records are applied: a stale item overwrites a newer one', () =>
    refuted({ ...recipe, backfill: putAlways(sameKey), scripts: [['2']], initial: ['1'], bounds: {} }));

  test('backfill puts if absent: a deleted item is resurrected', () =>
    refuted({ ...recipe, backfill: putIfAbsent(sameKey), scripts: [['']], initial: ['1'], bounds: {} }));

  const repair = { ...recipe, backfill: putAndRepair(sameKey), initial: ['1'] };

  test('the same with a repair: refuted by one record that is delivered again', () =>
    needs(
      { ...repair, scripts: [['2', '']], bounds: {} },
      { ...repair, scripts: [['2', '']], bounds: { replays: 1 } },
    ));

  test('the same with a repair: refuted by one crash', () =>
    needs(
      { ...repair, scripts: [['']], bounds: {} },
      { ...repair, scripts: [['']], bounds: { crashes: 1 }, mortal: ['backfill'] },
    ));
});
