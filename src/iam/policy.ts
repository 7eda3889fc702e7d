import { type Grant, type Place, united } from './grant.js';
import { type GrantedPhase, moveGrants, movePhases, wayBack } from './move-grants.js';

/** The roles of people, each with all that the one before may do. */
export const roles = ['read-only', 'runner', 'operator'] as const;
export type Role = (typeof roles)[number];

export interface PolicyTables {
  readonly partition?: string;
  readonly region: string;
  readonly account: string;
  /** Real names. */
  readonly metaTable: string;
  readonly inPlace: readonly string[];
  readonly moves: readonly MoveTables[];
}

/** The tables of a move, by their real names. */
export interface MoveTables {
  readonly source: string;
  readonly target: string;
  readonly keysChange: boolean;
  /** Whether it has a `down`. */
  readonly reversible: boolean;
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

const phasesOf: Readonly<Record<Role, readonly GrantedPhase[]>> = {
  'read-only': ['look'],
  runner: ['look', 'prepare', 'sync', 'backfill', 'verify', 'live'],
  operator: movePhases,
};
/** Dry runs and counts. */
const tableReads = ['DescribeTable', 'Scan'];
const rewrites = ['BatchGetItem', 'PartiQLUpdate', 'UpdateItem'];

/**
 * What a role of people may do on these tables, as a policy document. Deleting a source, `complete --drop-source`, is
 * in none of them.
 */
export function policyOf(role: Role, tables: PolicyTables): PolicyDocument {
  const { partition = 'aws', region, account, metaTable, inPlace, moves } = tables;
  const arn = (table: string) => `arn:${partition}:dynamodb:${region}:${account}:table/${table}`;
  const writes = role !== 'read-only';
  const byTable = new Map<string, { on: Place | 'table'; actions: string[] }>();
  const allow = (resource: string, on: Place | 'table', actions: readonly string[]) => {
    const before = byTable.get(resource);
    byTable.set(resource, { on: before?.on ?? on, actions: [...(before?.actions ?? []), ...actions] });
  };
  allow(arn(metaTable), 'meta', actionsOn('meta', grantsOf(role, noMove)));
  if (writes) allow(arn(metaTable), 'meta', ['PartiQLUpdate', 'DeleteItem', 'PutItem', 'UpdateItem', 'CreateTable']);
  for (const table of inPlace) allow(arn(table), 'table', writes ? [...tableReads, ...rewrites] : tableReads);
  for (const move of moves) {
    const { source, target } = move;
    const grants = grantsOf(role, move);
    allow(arn(source), 'table', [...tableReads, ...actionsOn('source', grants)]);
    allow(arn(target), 'table', [...tableReads, ...actionsOn('target', grants)]);
    for (const [table, on] of [
      [source, 'source stream'],
      [target, 'target stream'],
    ] as const) {
      const actions = actionsOn(on, grants);
      if (actions.length > 0) allow(`${arn(table)}/stream/*`, on, actions);
    }
  }
  // Tables with the same actions share a statement.
  const statements = new Map<string, { resources: string[]; actions: string[] }>();
  for (const [resource, { actions }] of byTable) {
    const sorted = [...new Set(actions)].sort();
    const same = statements.get(sorted.join());
    if (same) same.resources.push(resource);
    else statements.set(sorted.join(), { resources: [resource], actions: sorted });
  }
  return {
    Version: '2012-10-17',
    Statement: [...statements.values()].map(({ resources, actions }, index) => ({
      Sid: `Dynamigrate${index + 1}`,
      Effect: 'Allow',
      Action: actions.map((action) => `dynamodb:${action}`),
      Resource: resources,
    })),
  };
}

/** What is written down of any migration is the same. */
const noMove = { keysChange: false, reversible: true };
const backwards: readonly GrantedPhase[] = ['reverse', 'back'];

function grantsOf(role: Role, { keysChange, reversible }: Pick<MoveTables, 'keysChange' | 'reversible'>): Grant[] {
  const phases = phasesOf[role].filter((phase) => reversible || !backwards.includes(phase));
  const all = phases.flatMap((phase) => moveGrants(phase, keysChange));
  return united(all.filter(({ when }) => when !== '--drop-source' && (reversible || when !== wayBack)));
}

function actionsOn(place: Place, grants: readonly Grant[]): readonly string[] {
  return grants.find(({ on }) => on === place)?.actions ?? [];
}
