import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MigrateError, throwIfStopped } from '../errors.js';
import { type Clock, systemClock } from './clock.js';
import { followPointers } from './follow-pointers.js';
import { openMetaTable } from './meta-table.js';
import { NO_POINTER_CACHE_MS, type Pointer, pointerKey, pointerOf } from './pointers.js';

/** What a table is wanted for. */
export type TableUse = 'read' | 'write';

export interface ResolveTableOptions {
  /** Ends the waiting for a cutover. */
  readonly signal?: AbortSignal | undefined;
}

/** Answers the real name of the table to use now for a logical name. */
export type TableResolver = (name: string, use?: TableUse, options?: ResolveTableOptions) => Promise<string>;

export interface TableResolverOptions {
  /** Needs `dynamodb:GetItem` on the meta table. */
  readonly client: DynamoDBClient;
  /** The real name of the meta table. Default: `dynamigrate`. */
  readonly metaTable?: string | undefined;
  /** The real name of a table that was never moved, like `tableName` of the environment. Default: the name itself. */
  readonly tableName?: ((name: string) => string) | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
}

const POLL_MS = 500;
const PATIENCE_MS = 60_000;

/** What a read of a pointer answered, and when it was sent. */
interface Known {
  readonly pointer: Pointer | undefined;
  readonly sentAt: Moment;
}

interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * For applications: makes a function that answers which table to use, so that a cutover of a move reaches them while
 * they run. It only reads, and keeps what it read for some seconds. Make one for the process and keep it.
 *
 * The contract, on which it depends that a cutover loses no write:
 * - Resolve before each write, with the use `'write'`, and never keep the name.
 * - A write, with all of its retries, ends within the `writeMs` of the move (10 s unless told otherwise) after its name
 *   was resolved. So the client that writes needs a time limit: `requestHandler: { requestTimeout: 3_000,
 *   throwOnRequestTimeout: true }` and `maxAttempts: 3`, say. The SDK has none by itself.
 *
 * While a cutover holds back writes, `'write'` waits for its end: a matter of seconds, or of a minute with TABLE_FROZEN
 * after it. `'read'` never waits. Reads go on with the last answer while the meta table cannot be read; writes fail.
 *
 * ```ts
 * const resolveTable = createTableResolver({ client });
 * await client.send(new PutItemCommand({ TableName: await resolveTable('USER_PREFERENCES', 'write'), Item }));
 * ```
 *
 * @throws (the function) MigrateError TABLE_FROZEN; INTERRUPTED, or the reason of `signal` if that is a MigrateError;
 * whatever the SDK throws.
 */
export function createTableResolver(options: TableResolverOptions): TableResolver {
  const { client, metaTable = 'dynamigrate', tableName = (name) => name } = options;
  const { clock = systemClock, random = Math.random } = options;
  const table = openMetaTable({ client, tableName: metaTable, clock });
  const known = new Map<string, Known>();
  const reading = new Map<string, Promise<Known>>();

  async function read(name: string): Promise<Known> {
    // From before the read was sent: a cutover counts from when its own write was made, which may be just after.
    const sentAt = momentOf(clock);
    const answer = { pointer: pointerOf(await table.get(pointerKey(name))), sentAt };
    known.set(name, answer);
    return answer;
  }

  function readOnce(name: string): Promise<Known> {
    const underWay = reading.get(name);
    if (underWay) return underWay;
    const started = read(name).finally(() => reading.delete(name));
    reading.set(name, started);
    return started;
  }

  async function lookUp(name: string, use: TableUse): Promise<Known> {
    const last = known.get(name);
    if (last && ageOf(last.sentAt, clock) < lifeOf(last, use)) return last;
    try {
      return await readOnce(name);
    } catch (error) {
      if (use === 'write' || !last) throw error;
      return last;
    }
  }

  return async (name, use = 'read', { signal } = {}) => {
    const startedAt = clock.monotonic();
    for (;;) {
      throwIfStopped(signal, `interrupted while looking up the table \`${name}\``);
      const used: Known[] = [];
      const { table: found, frozen } = await followPointers(name, async (at) => {
        const answer = await lookUp(at, use);
        used.push(answer);
        return answer.pointer;
      });
      if (use === 'read') return found ?? tableName(name);
      const waitedMs = clock.monotonic() - startedAt;
      // An answer that was long on its way, or that was good when another one was asked for, says what was so then; a
      // cutover counts on nobody who uses it.
      const isOld = used.some((answer) => ageOf(answer.sentAt, clock) >= countedMs(answer));
      if (!frozen && isOld && waitedMs < PATIENCE_MS) continue;
      if (!frozen && isOld) throw tooSlow(name, waitedMs);
      if (!frozen) return found ?? tableName(name);
      if (waitedMs >= PATIENCE_MS) throw tableFrozen(name, frozen, waitedMs);
      const pollMs = POLL_MS * (0.75 + random() / 2);
      await clock.sleep(Math.max(1, Math.min(pollMs, PATIENCE_MS - waitedMs)), { signal });
    }
  };
}

/** How long an answer may be used. */
function lifeOf({ pointer }: Known, use: TableUse): number {
  const cacheMs = pointer ? pointer.cacheMs : NO_POINTER_CACHE_MS;
  // Writers that wait want to know of the end soon; half of a poll lets many of them share a read.
  return use === 'write' && pointer?.frozen ? Math.min(cacheMs, POLL_MS / 2) : cacheMs;
}

/** How old an answer may be for a write: a cutover waits as long, see `drainMs`. */
function countedMs({ pointer }: Known): number {
  return Math.max(pointer?.cacheMs ?? 0, NO_POINTER_CACHE_MS);
}

function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.wall() };
}

/** The monotonic clock may stand still while a Lambda or a machine is suspended; the wall clock may be set back. */
function ageOf(moment: Moment, clock: Clock): number {
  return Math.max(clock.monotonic() - moment.monotonic, clock.wall() - moment.wall);
}

function tooSlow(name: string, waitedMs: number): MigrateError {
  return new MigrateError(
    'TABLE_FROZEN',
    `the meta table did not say in time which table to use for \`${name}\`, again and again for ${Math.round(waitedMs / 1_000)} s`,
    { fix: 'give the client of the resolver shorter time limits, or look why DynamoDB answers so slowly' },
  );
}

function tableFrozen(name: string, { migration }: Pointer, waitedMs: number): MigrateError {
  return new MigrateError(
    'TABLE_FROZEN',
    `the cutover of \`${migration}\` has held back writes to the table \`${name}\` for ${Math.round(waitedMs / 1_000)} s`,
    { migration, fix: 'try again later; `migrate status` says whether the cutover is still at work' },
  );
}
