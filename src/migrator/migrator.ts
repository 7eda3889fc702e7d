import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Settings } from '../config/resolve-config.js';
import type { Capabilities } from '../dynamodb/capabilities.js';
import type { Actor } from '../ledger/actor.js';
import type { Checkpoints } from '../ledger/checkpoints.js';
import type { History } from '../ledger/history.js';
import type { Lease } from '../ledger/lease.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Made } from '../ledger/made.js';
import type { MetaTable } from '../ledger/meta-table.js';
import type { Quarantine } from '../ledger/quarantine.js';
import type { Steps } from '../ledger/steps.js';
import type { EventListener } from './events.js';

/** One environment, opened: what every verb works with. */
export interface Migrator {
  readonly settings: Settings;
  /** What to call the endpoint in a message. */
  readonly endpointName: string;
  /** The client for the user's tables. It writes only while a lease is held, see `write-gate.ts`. */
  readonly client: DynamoDBClient;
  readonly metaTable: MetaTable;
  readonly ledger: Ledger;
  readonly checkpoints: Checkpoints;
  readonly quarantine: Quarantine;
  readonly steps: Steps;
  readonly made: Made;
  readonly history: History;
  readonly actor: Actor;
  /** Probed on first use, once. */
  readonly capabilities: () => Promise<Capabilities>;
  /** Aborted by a signal of the operating system: finish the page, save, leave. */
  readonly signal: AbortSignal;
  readonly emit: EventListener;
  readonly toolVersion: string;
}

/** A migrator under the lock. */
export interface LockedMigrator extends Migrator {
  readonly lease: Lease;
}
