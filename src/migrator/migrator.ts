import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Settings } from '../config/resolve-config.js';
import type { Budgets } from '../dynamodb/budget/budgets.js';
import type { Capabilities } from '../dynamodb/capabilities.js';
import type { Actor } from '../ledger/actor.js';
import type { Checkpoints } from '../ledger/checkpoints.js';
import type { Clock } from '../ledger/clock.js';
import type { Controls } from '../ledger/control.js';
import type { History } from '../ledger/history.js';
import type { Intents } from '../ledger/intents.js';
import type { Lease } from '../ledger/lease.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Made } from '../ledger/made.js';
import type { MetaTable } from '../ledger/meta-table.js';
import type { ObligationRows } from '../ledger/obligations.js';
import type { Paces } from '../ledger/pace.js';
import type { Pointers } from '../ledger/pointers.js';
import type { Quarantine } from '../ledger/quarantine.js';
import type { Steps } from '../ledger/steps.js';
import type { StreamCheckpoints } from '../ledger/stream-checkpoints.js';
import type { SyncStatuses } from '../ledger/sync-status.js';
import type { EventListener } from './events.js';

/** One environment, opened: what every verb works with. */
export interface Migrator {
  readonly settings: Settings;
  /** What to call the endpoint in a message. */
  readonly endpointName: string;
  /** The client for the user's tables. It writes only while a lease is held, see `write-gate.ts`. */
  readonly client: DynamoDBClient;
  /** The same for reads of a live sync: it waits for no budget. */
  readonly liveClient: () => DynamoDBClient;
  /** What the requests of these clients may use of the user's tables. */
  readonly budgets: Budgets;
  /**
   * A client for the writes of a move, which are made only while this lease is held. It tries each request once: whoever
   * writes has to know of every attempt whose end is unknown.
   */
  readonly writer: (lease: Lease) => DynamoDBClient;
  /** The client for the streams of the user's tables. */
  readonly streams: () => DynamoDBStreamsClient;
  readonly metaTable: MetaTable;
  readonly ledger: Ledger;
  readonly checkpoints: Checkpoints;
  readonly quarantine: Quarantine;
  readonly steps: Steps;
  readonly made: Made;
  readonly obligations: ObligationRows;
  readonly intents: Intents;
  readonly pointers: Pointers;
  readonly streamCheckpoints: StreamCheckpoints;
  readonly syncStatus: SyncStatuses;
  readonly controls: Controls;
  readonly paces: Paces;
  readonly history: History;
  readonly clock: Clock;
  readonly actor: Actor;
  /** What runs: `migrate up`. */
  readonly command: string;
  /** Probed on first use, once. */
  readonly capabilities: () => Promise<Capabilities>;
  /** Has what this client would write to these tables refused, because unfinished moves hold them: table to id. */
  readonly holdTables: (held: ReadonlyMap<string, string>) => void;
  /** Aborted by a signal of the operating system: finish the page, save, leave. */
  readonly signal: AbortSignal;
  readonly emit: EventListener;
  readonly toolVersion: string;
}

/** A migrator under the lock. */
export interface LockedMigrator extends Migrator {
  readonly lease: Lease;
}
