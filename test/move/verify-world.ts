import { setTimeout as delay } from 'node:timers/promises';
import type { CommandOptions } from '../../src/commands/options.js';
import type { Outcome } from '../../src/commands/run-command.js';
import { runSyncRun } from '../../src/commands/sync-run.js';
import { MigrateError, type MigrateEvent } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import type { LedgerRow } from '../../src/ledger/rows.js';
import { openSyncStatus, type StoredSyncStatus } from '../../src/ledger/sync-status.js';
import type { DynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';

/** A project with one move, and tables and a meta table of its own on a server that tests share. */
export interface MoveWorld {
  readonly client: DynamoDbLocal['client'];
  readonly project: Project;
  /** For the functions of the library. */
  readonly options: CommandOptions;
  readonly row: () => Promise<LedgerRow | undefined>;
  readonly openObligations: () => Promise<number>;
  /** Resolves when a live sync has written down, from now on, that it handled all that there was. */
  readonly caughtUp: (direction?: 'up' | 'down') => Promise<void>;
  /** Resolves when a live sync gives a sign of life. */
  readonly following: (direction?: 'up' | 'down') => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface MoveWorldOptions {
  readonly server: Pick<DynamoDbLocal, 'endpoint' | 'client'>;
  /** The id of the migration, and its file. */
  readonly id: string;
  readonly source: string;
  readonly metaTable: string;
  /** More keys of the environment, as source text. */
  readonly environment?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** A busy machine loses one of 3 s; short all the same, as whoever settles waits for it. */
const leaseSeconds = 6;

export async function openMoveWorld(options: MoveWorldOptions): Promise<MoveWorld> {
  const { server, id, source, metaTable, environment = '', files = {} } = options;
  const project = await createProject({
    endpoint: server.endpoint,
    environment: `metaTable: '${metaTable}', leaseSeconds: ${leaseSeconds}, cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }, ${environment}`,
    files: { [`migrations/${id}.mjs`]: source, ...files },
  });
  const table = openMetaTable({ client: server.client, tableName: metaTable });
  const statuses = openSyncStatus({ table });
  const obligations = openObligations({ table });
  /** A status that stands still was left behind by a process that is gone. */
  async function newStatus(direction: 'up' | 'down', isEnough: (status: StoredSyncStatus) => boolean): Promise<void> {
    const { at } = (await statuses.get(id, direction)) ?? {};
    await until(async () => {
      const now = await statuses.get(id, direction);
      return now !== undefined && now.at !== at && isEnough(now);
    });
  }
  return {
    client: server.client,
    project,
    options: { cwd: project.directory, processEnv: {} },
    row: () => openLedger({ table }).get(id),
    async openObligations() {
      const { quarantined, contested, misshapen } = await obligations.count(id);
      return quarantined + contested + misshapen;
    },
    caughtUp: (direction = 'up') => newStatus(direction, ({ caughtUp }) => caughtUp),
    following: (direction = 'up') => newStatus(direction, () => true),
    dispose: () => project.dispose(),
  };
}

/** A condition that the test's own time limit bounds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(50);
}

/** A live sync in this process. */
export interface InProcessSync {
  readonly events: readonly MigrateEvent[];
  readonly outcome: Promise<Outcome>;
  readonly stop: () => Promise<Outcome>;
}

/** Runs `sync run` beside the test. */
export function startSync(options: CommandOptions, id: string): InProcessSync {
  const stop = new AbortController();
  const events: MigrateEvent[] = [];
  const outcome = runSyncRun({ ...options, id, signal: stop.signal, onEvent: (event) => events.push(event) });
  return {
    events,
    outcome,
    stop() {
      stop.abort(new MigrateError('INTERRUPTED', 'stopped by the test'));
      return outcome;
    },
  };
}

/** Works while a live sync runs, and stops it. */
export async function withLiveSync<T>(options: CommandOptions, id: string, work: () => Promise<T>): Promise<T> {
  const sync = startSync(options, id);
  try {
    return await work();
  } finally {
    await sync.stop();
  }
}

/** Many items, several requests at a time. */
export async function inParallel<T>(list: readonly T[], count: number, work: (part: readonly T[]) => Promise<void>) {
  const size = Math.ceil(list.length / count);
  await Promise.all(Array.from({ length: count }, (_, index) => work(list.slice(index * size, (index + 1) * size))));
}
