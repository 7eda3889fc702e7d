import type { Guard } from '../../src/ledger/guard.js';
import type { MetaTable } from '../../src/ledger/meta-table.js';
import type { Row, RowKey } from '../../src/ledger/row-store.js';

/** A meta table in memory, whose requests each take one turn of the event loop. Compared with dynalite in its test. */
export function memoryTable(): MetaTable & { readonly rows: Map<string, Row> } {
  const rows = new Map<string, Row>();
  const at = ({ pk, sk }: RowKey) => JSON.stringify([pk, sk]);
  const clean = (row: Row): Row => JSON.parse(JSON.stringify(row));
  return {
    rows,
    name: 'memory',
    describe: async () => 'active',
    ensure: async () => {},
    arn: () => undefined,
    get: async (key) => structuredClone(rows.get(at(key))),
    put: async (row, guard) => {
      if (!allows(rows.get(at(row)), guard)) return false;
      rows.set(at(row), clean(row));
      return true;
    },
    update: async (key, { set = {}, add = {} }, guard) => {
      const found = rows.get(at(key));
      if (!allows(found, guard)) return undefined;
      const sums = Object.fromEntries(
        Object.entries(add).map(([name, value]) => [name, Number(found?.[name] ?? 0) + value]),
      );
      rows.set(at(key), clean({ ...found, ...set, ...sums, pk: key.pk, sk: key.sk }));
      return structuredClone(rows.get(at(key)));
    },
    delete: async (key, guard) => {
      if (!allows(rows.get(at(key)), guard)) return false;
      rows.delete(at(key));
      return true;
    },
    async *query(pk, { prefix = '', newestFirst = false, limit = Number.POSITIVE_INFINITY } = {}) {
      const found = [...rows.values()]
        .filter((row) => row.pk === pk && row.sk.startsWith(prefix))
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      if (newestFirst) found.reverse();
      yield* structuredClone(found.slice(0, limit));
    },
  };
}

function allows(row: Row | undefined, guard: Guard): boolean {
  switch (guard.kind) {
    case 'absent':
      return row === undefined;
    case 'equals':
      return Object.entries(guard.attributes).every(([name, value]) => row?.[name] === value);
    case 'fence': {
      if (row?.token === undefined) return !guard.mustExist;
      const { token, write } = row as unknown as { token: number; write: number };
      return token < guard.token || (token === guard.token && write < guard.write);
    }
  }
}
