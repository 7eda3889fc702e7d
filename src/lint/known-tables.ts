import type { LoadedMigration } from '../migrator/migration.js';
import { isRecord, type Literal, nameIn } from './literal.js';
import { type MethodCall, methodCalls, type ParsedFile } from './source-facts.js';

/** What the migrations themselves say of a table; nobody is asked. */
export interface KnownTable {
  /** Names of its key attributes. */
  keys: ReadonlySet<string>;
  /** Name of a key attribute of an index → name of the index. */
  indexKeys: ReadonlyMap<string, string>;
  /** `undefined`: not said. */
  provisioned: boolean | undefined;
}

export type KnownTables = ReadonlyMap<string, KnownTable>;

/** An index that some migration makes, with what it says of capacity. */
export interface MadeIndex {
  readonly name: string;
  readonly hasThroughput: boolean;
  readonly call: MethodCall;
  readonly table: string;
}

/** Gathers from declared keys, and from `tables.create` and `tables.addIndex` with literal arguments. */
export function knownTables(migrations: readonly { readonly file: LoadedMigration; readonly source: ParsedFile }[]) {
  const tables = new Map<string, KnownTable>();
  const indexes: { readonly migration: string; readonly index: MadeIndex }[] = [];
  const learn = (name: string, more: Partial<KnownTable>) => {
    const known = tables.get(name);
    tables.set(name, {
      keys: new Set([...(known?.keys ?? []), ...(more.keys ?? [])]),
      indexKeys: new Map([...(known?.indexKeys ?? []), ...(more.indexKeys ?? [])]),
      provisioned: more.provisioned ?? known?.provisioned,
    });
  };
  for (const { file, source } of migrations) {
    const { definition } = file;
    const declared =
      definition.kind === 'in-place'
        ? [definition.table]
        : definition.kind === 'move'
          ? [definition.from, definition.to]
          : [];
    for (const { name, partitionKey, sortKey } of declared) learn(name, { keys: namesOf([partitionKey, sortKey]) });
    for (const call of methodCalls(source)) {
      const made = madeIndexes(call);
      for (const index of made) indexes.push({ migration: file.id, index });
      const spec = call.args[0];
      if (call.method === 'create' && isRecord(spec) && typeof spec.name === 'string' && isRecord(spec.partitionKey)) {
        learn(spec.name, {
          keys: namesOf([nameIn(spec.partitionKey), nameIn(spec.sortKey)]),
          indexKeys: new Map([...listOf(spec.indexes), ...listOf(spec.localIndexes)].flatMap(keysOfIndex)),
          provisioned: 'throughput' in spec,
        });
      }
      const added = call.args[1];
      if (call.method === 'addIndex' && typeof spec === 'string' && isRecord(added)) {
        learn(spec, { indexKeys: new Map(keysOfIndex(added)) });
      }
    }
  }
  return { tables: tables as KnownTables, indexes };
}

function madeIndexes(call: MethodCall): MadeIndex[] {
  const [first, second] = call.args;
  if (call.method === 'create' && isRecord(first) && typeof first.name === 'string' && isRecord(first.partitionKey)) {
    const table = first.name;
    return listOf(first.indexes).flatMap((index) => madeIndex(index, table, call));
  }
  if (call.method === 'addIndex' && typeof first === 'string') return madeIndex(second, first, call);
  return [];
}

function madeIndex(index: Literal, table: string, call: MethodCall): MadeIndex[] {
  const name = nameIn(index);
  if (name === undefined || !isRecord(index)) return [];
  return [{ name, table, call, hasThroughput: 'throughput' in index }];
}

function keysOfIndex(index: Literal): [string, string][] {
  const name = nameIn(index);
  if (!isRecord(index) || name === undefined) return [];
  return [...namesOf([nameIn(index.partitionKey), nameIn(index.sortKey)])].map((key) => [key, name]);
}

function listOf(value: Literal): readonly Literal[] {
  return Array.isArray(value) ? value : [];
}

function namesOf(names: readonly (string | undefined)[]): Set<string> {
  return new Set(names.filter((name) => name !== undefined));
}
