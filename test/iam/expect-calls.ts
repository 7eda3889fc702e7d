import { expect } from 'vitest';
import type { Grant, Place } from '../../src/iam/grant.js';

const opposite: Readonly<Record<Place, Place>> = {
  meta: 'meta',
  source: 'target',
  target: 'source',
  'source stream': 'target stream',
  'target stream': 'source stream',
};

/** The grants of a phase that goes the other way. */
export function changedAbout(grants: readonly Grant[]): Grant[] {
  return grants.map((grant) => ({ ...grant, on: opposite[grant.on] }));
}

/**
 * What was called is what the grants say for these cases: nothing else, and all of it. What somebody else calls with the
 * same role is not looked for.
 */
export function expectCalls(
  calls: ReadonlySet<string>,
  grants: readonly Grant[],
  cases: readonly string[],
  what: string,
): void {
  const ours = grants.filter(({ by, when }) => by === undefined && (when === undefined || cases.includes(when)));
  const granted = new Set(ours.flatMap(({ on, actions }) => actions.map((action) => `${on} ${action}`)));
  expect({
    what,
    calledAndNotGranted: [...calls].filter((call) => !granted.has(call)).sort(),
    grantedAndNotCalled: [...granted].filter((call) => !calls.has(call)).sort(),
  }).toEqual({ what, calledAndNotGranted: [], grantedAndNotCalled: [] });
}
