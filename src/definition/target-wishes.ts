import type { IndexSpec, KeyAttribute, Throughput } from '../dynamodb/table-spec.js';
import type { TargetWishes } from '../dynamodb/target-wishes.js';
import { found } from '../transform/found.js';
import { invalid } from './definition-checks.js';

/**
 * Reads `target` of a move: what its author asks of the new table.
 *
 * @throws MigrateError `MIGRATION_INVALID`.
 */
export function targetWishes(target: unknown): TargetWishes {
  if (target === undefined) return Object.freeze({});
  const { expect, indexes, dropIndexes, throughput } = record('target', target, wishes);
  if (expect !== undefined && typeof expect !== 'boolean') throw wrong('target.expect', expect, '`true` or `false`');
  const others = {
    indexes: readIndexes(indexes),
    dropIndexes: readDrops(dropIndexes),
    throughput: readAll(throughput),
  };
  const result = Object.freeze({ ...(expect !== undefined && { expect }), ...given(others) });
  const [beside] = Object.keys(given(others));
  if (expect === true && beside !== undefined) {
    throw invalid(
      `\`target\` has both \`expect\` and \`${beside}\``,
      'a table that is expected is made by somebody else: leave the other wishes out, or leave `expect` out',
    );
  }
  assertNotDropped(others.indexes, others.dropIndexes);
  return result;
}

const wishes = ['expect', 'indexes', 'dropIndexes', 'throughput'];

/** "Supported data types and naming rules", Naming rules. */
const indexNamePattern = /^[a-zA-Z0-9_.-]{3,255}$/;

function readIndexes(value: unknown): readonly IndexSpec[] | undefined {
  if (value === undefined) return undefined;
  const path = 'target.indexes';
  if (!Array.isArray(value)) throw wrong(path, value, 'an array of indexes');
  const indexes = Array.from(value, (one: unknown, position) => readIndex(`${path}[${position}]`, one));
  assertOnce(
    path,
    indexes.map(({ name }) => name),
  );
  return Object.freeze(indexes);
}

function readIndex(path: string, value: unknown): IndexSpec {
  const known = ['name', 'partitionKey', 'sortKey', 'projection', 'throughput'];
  const { name, partitionKey, sortKey, projection, throughput } = record(path, value, known);
  return Object.freeze({
    name: indexName(`${path}.name`, name),
    partitionKey: readKey(`${path}.partitionKey`, partitionKey),
    ...(sortKey !== undefined && { sortKey: readKey(`${path}.sortKey`, sortKey) }),
    ...(projection !== undefined && { projection: readProjection(`${path}.projection`, projection) }),
    ...(throughput !== undefined && { throughput: readThroughput(`${path}.throughput`, throughput) }),
  });
}

function readKey(path: string, value: unknown): KeyAttribute {
  const { name, type } = record(path, value, ['name', 'type']);
  if (typeof name !== 'string' || name === '') throw wrong(`${path}.name`, name, 'the name of an attribute');
  if (type !== 'S' && type !== 'N' && type !== 'B') throw wrong(`${path}.type`, type, "`'S'`, `'N'` or `'B'`");
  return Object.freeze({ name, type });
}

function readProjection(path: string, value: unknown): NonNullable<IndexSpec['projection']> {
  if (value === 'ALL' || value === 'KEYS_ONLY') return value;
  if (Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '')) {
    return Object.freeze([...value]);
  }
  throw wrong(path, value, "`'ALL'`, `'KEYS_ONLY'` or an array of attribute names");
}

function readDrops(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const path = 'target.dropIndexes';
  if (!Array.isArray(value)) throw wrong(path, value, 'an array with the names of indexes');
  const names = Array.from(value, (name: unknown, position) => indexName(`${path}[${position}]`, name));
  assertOnce(path, names);
  return Object.freeze(names);
}

function readAll(value: unknown): TargetWishes['throughput'] {
  return value === undefined || value === 'on-demand' ? value : readThroughput('target.throughput', value);
}

function readThroughput(path: string, value: unknown): Throughput {
  const { read, write } = record(path, value, ['read', 'write']);
  return Object.freeze({ read: readUnits(`${path}.read`, read), write: readUnits(`${path}.write`, write) });
}

function readUnits(path: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw wrong(path, value, 'capacity units a second, a whole number from 1');
}

function assertNotDropped(indexes: readonly IndexSpec[] = [], dropIndexes: readonly string[] = []): void {
  const both = indexes.find(({ name }) => dropIndexes.includes(name));
  if (both === undefined) return;
  throw invalid(
    `\`target\` names the index \`${both.name}\` in both \`indexes\` and \`dropIndexes\``,
    'leave it in `indexes` only: an index of the same name replaces that of the source',
  );
}

function assertOnce(path: string, names: readonly string[]): void {
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) throw invalid(`\`${path}\` names \`${twice}\` twice`, 'name each index once');
}

function indexName(path: string, value: unknown): string {
  if (typeof value === 'string' && indexNamePattern.test(value)) return value;
  throw wrong(path, value, 'the name of an index: 3 to 255 characters of `a-z`, `A-Z`, `0-9`, `_`, `-` and `.`');
}

function record(path: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  const keys = known.map((key) => `\`${key}\``).join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(path, value, `an object with ${keys}`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`\`${unknown}\` is not a key of \`${path}\``, `use ${keys}`);
  return value as Record<string, unknown>;
}

function wrong(path: string, value: unknown, wanted: string): Error {
  return invalid(`\`${path}\` is ${found(value)}`, `give ${wanted}`);
}

function given<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
