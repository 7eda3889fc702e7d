import type { LedgerRow } from '../../src/ledger/rows.js';
import type { LoadedMigration } from '../../src/migrator/migration.js';

/** A migration file; its checksum is `sum of <id>` unless told otherwise. */
export function file(id: string, more: { checksum?: string; irreversible?: string } = {}): LoadedMigration {
  const { checksum = `sum of ${id}`, irreversible } = more;
  const definition = { kind: 'steps', description: id, up: async () => {}, down: undefined, irreversible } as const;
  return { id, path: `/migrations/${id}.ts`, checksum, codeChecksum: checksum, definition };
}

/** The ledger's row of an applied migration, with `order` as in `001-…`, unless told otherwise. */
export function row(id: string, more: Partial<LedgerRow> = {}): LedgerRow {
  const order = Number.parseInt(id, 10);
  return {
    id,
    kind: 'steps',
    description: id,
    checksum: `sum of ${id}`,
    state: 'applied',
    direction: 'up',
    run: order,
    order,
    tables: [],
    startedAt: '2026-01-01T00:00:00.000Z',
    by: { host: 'host', pid: 1, user: 'user' },
    token: 1,
    toolVersion: '0.0.0',
    ...more,
  };
}

/** A row that is not finished, and so has no place among the applied ones. */
export function unfinished(id: string, more: Partial<LedgerRow> = {}): LedgerRow {
  const { order: _order, ...rest } = row(id, { state: 'failed', ...more });
  return rest;
}
