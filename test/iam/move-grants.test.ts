import { describe, expect, test } from 'vitest';
import { united } from '../../src/iam/grant.js';
import { type GrantedPhase, moveGrants, movePhases } from '../../src/iam/move-grants.js';
import { policyOf, roles } from '../../src/iam/policy.js';
import { casesOf, type Part, partsOf } from './cases.js';

/** `source Scan`, of phases. */
function actionsOf(phases: readonly GrantedPhase[]): Set<string> {
  const grants = phases.flatMap((phase) => moveGrants(phase));
  return new Set(united(grants).flatMap(({ on, actions }) => actions.map((action) => `${on} ${action}`)));
}

/** The fence is lifted by one function in both. */
const shownElsewhere = new Set(['back: writes to it are denied, and it has a policy of others']);

test('every case of every phase comes about in a scenario', () => {
  const shown = new Set(
    Object.values(casesOf).flatMap((parts: Readonly<Partial<Record<Part, readonly string[]>>>) =>
      (Object.keys(partsOf) as Part[]).flatMap((part) =>
        partsOf[part].flatMap((phase) => (parts[part] ?? []).map((when) => `${phase}: ${when}`)),
      ),
    ),
  );
  const listed = movePhases.flatMap((phase) =>
    [...moveGrants(phase), ...moveGrants(phase, true)].flatMap(({ when }) =>
      when === undefined ? [] : [`${phase}: ${when}`],
    ),
  );
  expect(listed.filter((one) => !shown.has(one) && !shownElsewhere.has(one))).toEqual([]);
});

describe('policies of people', () => {
  const tables = {
    region: 'eu-central-1',
    account: '123456789012',
    metaTable: 'dynamigrate',
    inPlace: ['USERS', 'ORDERS'],
    moves: [{ source: 'OLD', target: 'NEW', keysChange: false, reversible: true }],
  };
  const allowed = (role: (typeof roles)[number]) =>
    policyOf(role, tables).Statement.flatMap(({ Action, Resource }) =>
      Resource.flatMap((resource) => Action.map((action) => `${resource.split(':table/')[1]} ${action}`)),
    );

  test('name tables and actions; each role has what the one before has', () => {
    const [readOnly, runner, operator] = roles.map(allowed);
    expect(runner).toEqual(expect.arrayContaining(readOnly ?? []));
    expect(operator).toEqual(expect.arrayContaining(runner ?? []));
    expect(readOnly?.filter((one) => !/ dynamodb:(?:Describe\w+|GetItem|Query|Scan)$/.test(one))).toEqual([]);
    for (const one of operator ?? []) expect(one).toMatch(/^[A-Za-z]+(?:\/stream\/\*)? dynamodb:[A-Za-z]+$/);
  });

  test('let nobody delete a source, the runner switch nothing over, and no one do more than the table says', () => {
    const operator = allowed('operator');
    expect(operator).not.toContain('OLD dynamodb:DeleteTable');
    expect(operator).toContain('NEW dynamodb:DeleteTable');
    expect(allowed('runner').filter((one) => /ResourcePolicy|DeleteTable|OLD dynamodb:DeleteItem/.test(one))).toEqual([
      'OLD dynamodb:GetResourcePolicy',
      'NEW dynamodb:GetResourcePolicy',
    ]);
    const ever = [...actionsOf(movePhases)].filter((one) => one.startsWith('source '));
    const onSource = operator
      .filter((one) => one.startsWith('OLD '))
      .map((one) => one.replace('OLD dynamodb:', 'source '));
    expect(onSource.filter((one) => !ever.includes(one))).toEqual([]);
  });
});
