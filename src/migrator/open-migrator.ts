import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Settings } from '../config/resolve-config.js';
import { openBudgets, type Priority } from '../dynamodb/budget/budgets.js';
import { type Capabilities, probeCapabilities } from '../dynamodb/capabilities.js';
import { type ClientOptions, createClient } from '../dynamodb/client.js';
import { describeTable } from '../dynamodb/describe-table.js';
import { createStreamsClient } from '../dynamodb/streams/streams-client.js';
import { itemTexts } from '../dynamodb/text/item-texts.js';
import type { WriteGuard } from '../dynamodb/write-guard.js';
import { MigrateError } from '../errors.js';
import type { Actor } from '../ledger/actor.js';
import { openCheckpoints } from '../ledger/checkpoints.js';
import { systemClock } from '../ledger/clock.js';
import { openControls } from '../ledger/control.js';
import { openHistory } from '../ledger/history.js';
import { openIntents } from '../ledger/intents.js';
import { openLambdaWatches } from '../ledger/lambda-watch.js';
import type { Lease } from '../ledger/lease.js';
import { openLedger } from '../ledger/ledger.js';
import { openMade } from '../ledger/made.js';
import { openMetaTable } from '../ledger/meta-table.js';
import { openObligations } from '../ledger/obligations.js';
import { openPaces } from '../ledger/pace.js';
import { openPointers } from '../ledger/pointers.js';
import { openQuarantine } from '../ledger/quarantine.js';
import { openSegments } from '../ledger/segments.js';
import { openSteps } from '../ledger/steps.js';
import { openStreamCheckpoints } from '../ledger/stream-checkpoints.js';
import { isSyncLease } from '../ledger/sync-lease.js';
import { openSyncStatus } from '../ledger/sync-status.js';
import type { EventListener } from './events.js';
import type { Migrator } from './migrator.js';
import { createWriteGate, type WriteGate } from './write-gate.js';

export interface OpenMigratorOptions {
  readonly settings: Settings;
  readonly actor: Actor;
  /** Whether the SDK would find credentials in the environment; if not, an endpoint on this machine gets dummy ones. */
  readonly hasCredentials: boolean;
  readonly command: string;
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
  readonly toolVersion: string;
  /** Every request that is not known to be a read is refused, also to the meta table. */
  readonly readOnly?: boolean | undefined;
}

export interface OpenMigrator {
  readonly migrator: Migrator;
  readonly gate: WriteGate;
  readonly close: () => Promise<void>;
}

/** Starts the engine if the environment has one, and opens the clients and the meta table. Makes no request to AWS. */
export async function openMigrator(options: OpenMigratorOptions): Promise<OpenMigrator> {
  const { settings, actor, command, lockTimeoutMs, signal, emit, toolVersion } = options;
  const engine =
    settings.engine &&
    (await (
      await import('../engine/start-engine.js')
    ).startEngine({
      ...settings.engine,
      lockTimeoutMs,
      signal,
      command,
      onWait: (holder) => {
        const who = holder ? `\`${holder.command}\` (pid ${holder.pid} on ${holder.host})` : 'another process';
        emit({ type: 'engine-waiting', message: `waiting for ${who}, which has ${settings.engine?.path} open` });
      },
      onFetch: (message) => emit({ type: 'note', message }),
    }));
  const gate = createWriteGate(settings.metaTable);
  const connection = {
    region: engine?.region ?? settings.region ?? (isLoopback(settings.endpoint) ? 'us-east-1' : undefined),
    profile: settings.profile,
    endpoint: engine?.endpoint ?? settings.endpoint,
    credentials: engine?.credentials ?? (needsDummies(options) ? dummies : undefined),
    texts: itemTexts,
  };
  const metaClient = createClient({ ...connection, ...(options.readOnly && { guard: refuseWrites }) });
  const budgets = openBudgets({
    clock: systemClock,
    ...settings.budget,
    describe: (tableName) => describeTable(metaClient, tableName),
    onUnresolved: ({ message }) => emit({ type: 'warning', message: `${message}; the configured budget counts there` }),
    signal,
  });
  const clientOf = (priority: Priority) =>
    createClient({ ...connection, guard: gate.guard, budget: { budgets, priority } });
  let client: DynamoDBClient | undefined;
  let liveClient: DynamoDBClient | undefined;
  const metaTable = openMetaTable({ client: metaClient, tableName: settings.metaTable });
  let capabilities: Promise<Capabilities> | undefined;
  let streamsClient: DynamoDBStreamsClient | undefined;
  const budgetFor = (lease: Lease) => ({
    budgets,
    priority: isSyncLease(lease) ? ('urgent' as const) : ('patient' as const),
    signal: lease.signal,
  });
  const writers = new Map<Lease, DynamoDBClient>();

  const endpointName = settings.endpoint ?? engine?.name ?? `DynamoDB in ${settings.region ?? 'AWS'}`;
  const migrator: Migrator = {
    settings,
    endpointName,
    // `status` reads the meta table only.
    get client() {
      client ??= clientOf('patient');
      return client;
    },
    liveClient() {
      liveClient ??= clientOf('urgent');
      return liveClient;
    },
    budgets,
    metaTable,
    ledger: openLedger({ table: metaTable }),
    checkpoints: openCheckpoints({ table: metaTable }),
    quarantine: openQuarantine({ table: metaTable }),
    steps: openSteps({ table: metaTable }),
    made: openMade({ table: metaTable }),
    obligations: openObligations({ table: metaTable }),
    intents: openIntents({ table: metaTable }),
    segments: openSegments({ table: metaTable }),
    pointers: openPointers({ table: metaTable }),
    streamCheckpoints: openStreamCheckpoints({ table: metaTable }),
    syncStatus: openSyncStatus({ table: metaTable }),
    lambdaWatches: openLambdaWatches({ table: metaTable }),
    controls: openControls({ table: metaTable }),
    paces: openPaces({ table: metaTable }),
    history: openHistory({ table: metaTable }),
    clock: systemClock,
    writer(lease) {
      if (options.readOnly) throw readOnlyRun('write items');
      const known = writers.get(lease);
      if (known) return known;
      const made = createMoveWriter({ ...connection, budget: budgetFor(lease) }, settings.leaseMs, lease);
      writers.set(lease, made);
      // What is on its way must not land much later: the next holder may be at work by then.
      lease.ended.addEventListener(
        'abort',
        () => {
          made.destroy();
          writers.delete(lease);
        },
        { once: true },
      );
      return made;
    },
    streams() {
      streamsClient ??= createStreamsClient(connection);
      return streamsClient;
    },
    holdTables: (held) => gate.hold(held),
    actor,
    command,
    capabilities() {
      const key = { pk: { S: 'capabilities' }, sk: { S: 'probe' } };
      capabilities ??= probeCapabilities(metaClient, { tableName: settings.metaTable, key });
      return capabilities;
    },
    signal,
    emit,
    toolVersion,
  };
  return {
    migrator,
    gate,
    async close() {
      client?.destroy();
      liveClient?.destroy();
      metaClient.destroy();
      streamsClient?.destroy();
      for (const writer of writers.values()) writer.destroy();
      await engine?.close();
    },
  };
}

/** A request is given up well before its lease can end, so that what it did is known, or over, when the next begins. */
const writerTimeoutMs = 10_000;

function createMoveWriter(connection: ClientOptions, leaseMs: number, lease: Lease): DynamoDBClient {
  return createClient({
    ...connection,
    maxAttempts: 1,
    requestTimeoutMs: Math.min(writerTimeoutMs, leaseMs / 2),
    guard: () => lease.assertHeld(),
    checkConnection: () => lease.assertHeld(),
  });
}

const dummies = { accessKeyId: 'local', secretAccessKey: 'local' };

/** An engine on this machine takes any credentials; without some, the SDK would go looking for an EC2 instance's. */
function needsDummies({ settings, hasCredentials }: OpenMigratorOptions): boolean {
  return isLoopback(settings.endpoint) && settings.profile === undefined && !hasCredentials;
}

function isLoopback(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(endpoint).hostname);
}

/** Nothing opens this gate. */
const refuseWrites: WriteGuard = ({ command, tables }) => {
  throw readOnlyRun(`call ${command}${tables.length === 0 ? '' : ` on ${tables.join(', ')}`}`);
};

function readOnlyRun(what: string): MigrateError {
  return new MigrateError('WRITE_BLOCKED', `would ${what}`, { fix: 'nothing was written: this run is read-only' });
}
