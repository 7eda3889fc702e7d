import { deadLetterGrants, syncFunctionGrants, workerGrants } from '../../src/iam/function-grants.js';
import type { Grant, Place } from '../../src/iam/grant.js';
import { type GrantedPhase, moveGrants, movePhases } from '../../src/iam/move-grants.js';
import { policyOf } from '../../src/iam/policy.js';

const phaseNames: Readonly<Record<GrantedPhase, string>> = {
  look: 'every command',
  prepare: 'prepare: `up`',
  sync: 'sync: `up`',
  backfill: 'backfill: `up`, `work`',
  verify: 'verify: `up`, `verify`, `down`',
  live: 'live sync: `sync run`, `up`, `verify`, `cutover`',
  cutover: '`cutover`',
  reverse: 'reverse sync: `sync run`, `verify`',
  complete: '`complete`',
  undo: '`down`',
  back: '`down` after the cutover, besides',
};

const functions: readonly { readonly name: string; readonly grants: (keysChange: boolean) => readonly Grant[] }[] = [
  { name: 'live sync', grants: (keysChange) => syncFunctionGrants('up', keysChange) },
  // A move to other keys has none.
  { name: 'reverse sync', grants: () => syncFunctionGrants('down', false) },
  { name: 'batches that live sync gave up', grants: () => deadLetterGrants('up') },
  { name: 'batches that reverse sync gave up', grants: () => deadLetterGrants('down') },
  { name: 'worker of the backfill', grants: workerGrants },
];

/** The parts of docs/iam.md that are made from the table of the policies, by the name in their marker. */
export function iamTables(): Readonly<Record<string, string>> {
  return {
    phases: tableOf(
      'phase, command',
      movePhases.map((phase) => ({ name: phaseNames[phase], grants: (keysChange) => grantsOf(phase, keysChange) })),
    ),
    functions: tableOf('function', functions),
    policy: samplePolicy(),
  };
}

/** A phase that a move to other keys does not have is not told of twice. */
function grantsOf(phase: GrantedPhase, keysChange: boolean): readonly Grant[] {
  const grants = moveGrants(phase, keysChange);
  return grants.length > 0 ? grants : moveGrants(phase);
}

/** Replaces what stands between the markers of each part. */
export function withIamTables(document: string): string {
  return Object.entries(iamTables()).reduce((text, [name, content]) => {
    const [begin, end] = [`<!-- begin ${name}: made by test/docs/iam.test.ts -->`, `<!-- end ${name} -->`];
    const [before, rest = ''] = text.split(begin);
    const after = rest.split(end)[1];
    if (after === undefined) throw new Error(`docs/iam.md has no part \`${name}\``);
    return `${before}${begin}\n\n${content}\n\n${end}${after}`;
  }, document);
}

function tableOf(
  first: string,
  rows: readonly { readonly name: string; readonly grants: (keysChange: boolean) => readonly Grant[] }[],
): string {
  const lines = rows.map(({ name, grants }) => {
    const both = [grants(false), grants(true)] as const;
    const cells = (['meta', 'source', 'target'] as const).map((place) => cell(place, both));
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  return [`| ${first} | on \`<meta>\` | on the source | on the target |`, '|---|---|---|---|', ...lines].join('\n');
}

const streams: Readonly<Partial<Record<Place, Place>>> = { source: 'source stream', target: 'target stream' };

type Both = readonly [keysStay: readonly Grant[], keysChange: readonly Grant[]];

function cell(place: Place, both: Both): string {
  const onStream = streams[place];
  const ofStream = onStream === undefined ? [] : partsOf(onStream, both);
  return [...partsOf(place, both), ...ofStream.map((part) => `on its stream ${part}`)].join('; ');
}

function partsOf(place: Place, both: Both): string[] {
  const cases = new Set(both.flat().flatMap((grant) => (grant.on === place ? [caseOf(grant)] : [])));
  // What is always needed comes first.
  return ['', ...[...cases].filter((one) => one !== '')].flatMap((inCase) => {
    const [stay, change] = both.map((grants) =>
      grants.flatMap((grant) => (grant.on === place && caseOf(grant) === inCase ? grant.actions : [])),
    ) as [string[], string[]];
    const parts = [
      ['', stay.filter((action) => change.includes(action))],
      ['where keys stay ', stay.filter((action) => !change.includes(action))],
      ['where keys change ', change.filter((action) => !stay.includes(action))],
    ] as const;
    return parts.flatMap(([where, actions]) => (actions.length === 0 ? [] : [`${inCase}${where}${listed(actions)}`]));
  });
}

function caseOf({ when, by }: Grant): string {
  if (by !== undefined) return `called by ${by}: `;
  return when === undefined ? '' : `if ${when}: `;
}

function listed(actions: readonly string[]): string {
  return [...new Set(actions)]
    .sort()
    .map((action) => `\`dynamodb:${action}\``)
    .join(', ');
}

function samplePolicy(): string {
  const policy = policyOf('runner', {
    region: 'eu-central-1',
    account: '123456789012',
    metaTable: 'prod-dynamigrate',
    inPlace: ['prod-USERS', 'prod-ORDERS'],
    moves: [],
  });
  return `\`\`\`json\n${JSON.stringify(policy, undefined, 2)}\n\`\`\``;
}
