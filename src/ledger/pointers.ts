import { MigrateError } from '../errors.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import { deleteFenced, type Fence, putFenced, updateFenced } from './fenced-write.js';
import { followPointers } from './follow-pointers.js';
import type { MetaTable } from './meta-table.js';
import type { Row, RowKey } from './row-store.js';

/** Which table of a move applications use. */
export interface Pointer {
  /** The logical name of the table that is moved from, which applications ask for. */
  readonly name: string;
  /** The migration's id. */
  readonly migration: string;
  /** Real names. */
  readonly source: string;
  readonly target: string;
  /** The logical name of the target, under which a later move of it has its own pointer. */
  readonly targetName: string;
  readonly active: 'source' | 'target';
  /** A cutover holds back the writes. */
  readonly frozen: boolean;
  /** How long applications may use an answer before they read again. */
  readonly cacheMs: number;
  /** How long one write of an application may take, its retries included. */
  readonly writeMs: number;
  /** 1, 2, 3… in the order in which the moves began. */
  readonly order: number;
  /** ISO time. */
  readonly changedAt: string;
}

export type PointerInput = Pick<
  Pointer,
  'name' | 'migration' | 'source' | 'target' | 'targetName' | 'cacheMs' | 'writeMs'
>;

export interface FlipOptions {
  /** Whether writes have to be held back. `false` only where no application writes, or none asks for the table. */
  readonly frozen?: boolean;
}

/** Every write is fenced by the lease of the commands, not by that of a live sync. */
export interface Pointers {
  get(name: string): Promise<Pointer | undefined>;
  list(): Promise<Pointer[]>;
  /**
   * Makes the pointer of a move, to the source. That of the same migration stays as it is, but for its times;
   * `cacheMs` is never lowered, because applications keep an answer for as long as it said when they read it. That of
   * another migration is replaced, unless applications are still sent away by it.
   *
   * @throws MigrateError MIGRATION_INVALID if an earlier move from this table sends applications to another one;
   * MIGRATION_UNFINISHED if the cutover of another migration holds back the writes.
   */
  ensure(lease: Fence, input: PointerInput): Promise<Pointer>;
  /** Holds back writes. They have ended when {@link drainMs} have passed since this resolved. */
  freeze(lease: Fence, name: string): Promise<Pointer>;
  unfreeze(lease: Fence, name: string): Promise<Pointer>;
  /**
   * The commit point of a cutover: sends applications to the other table, and lets them write again, in one write.
   * Where that is done already, it changes nothing.
   *
   * @throws MigrateError INTERNAL if writes are not held back.
   */
  flip(lease: Fence, name: string, to: Pointer['active'], options?: FlipOptions): Promise<Pointer>;
  remove(lease: Fence, name: string): Promise<void>;
}

export interface PointersOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
}

/** How long applications use the answer that there is no pointer. */
export const NO_POINTER_CACHE_MS = 5_000;

/** How long after a freeze the last write that was begun before it can still be under way. */
export function drainMs({ cacheMs, writeMs }: Pick<Pointer, 'cacheMs' | 'writeMs'>): number {
  // The pointer may have been made just before.
  return Math.max(cacheMs, NO_POINTER_CACHE_MS) + writeMs;
}

const PK = 'pointer';

/** Opens the pointers: a row per table that is, or was, moved. */
export function openPointers({ table, clock = systemClock }: PointersOptions): Pointers {
  async function get(name: string): Promise<Pointer | undefined> {
    return pointerOf(await table.get(pointerKey(name)));
  }

  async function list(): Promise<Pointer[]> {
    const pointers: Pointer[] = [];
    for await (const row of table.query(PK)) pointers.push(...[pointerOf(row) ?? []].flat());
    return pointers;
  }

  /** The pointer as it is, after which no former holder of the lock can change it. */
  async function claim(lease: Fence, name: string): Promise<Pointer> {
    const pointer = pointerOf(await updateFenced(table, lease, pointerKey(name), {}));
    if (pointer) return pointer;
    throw new MigrateError('INTERNAL', `the pointer of the table \`${name}\` has to be there, and is not`);
  }

  async function change(lease: Fence, name: string, set: Partial<Pointer>): Promise<Pointer> {
    const pointer = await claim(lease, name);
    await updateFenced(table, lease, pointerKey(name), { ...set, changedAt: isoNow(clock) });
    return { ...pointer, ...set, changedAt: isoNow(clock) };
  }

  return {
    get,
    list,

    async ensure(lease, input) {
      const { name, migration, writeMs } = input;
      const found = pointerOf(await updateFenced(table, lease, pointerKey(name), {}, { orCreate: true }));
      const cacheMs = Math.max(input.cacheMs, found?.cacheMs ?? 0);
      if (found?.migration === migration) return change(lease, name, { cacheMs, writeMs });

      const others = (await list()).filter((pointer) => pointer.name !== name);
      if (found) await assertReplaceable(found, others);
      const order = others.reduce((highest, other) => Math.max(highest, other.order), found?.order ?? 0) + 1;
      const fresh: Pointer = {
        ...input,
        cacheMs,
        active: 'source',
        frozen: false,
        order,
        changedAt: isoNow(clock),
      };
      await putFenced(table, lease, { ...pointerKey(name), ...fresh });
      return fresh;
    },

    freeze: (lease, name) => change(lease, name, { frozen: true }),

    unfreeze: (lease, name) => change(lease, name, { frozen: false }),

    async flip(lease, name, to, { frozen = true } = {}) {
      // The claim makes this process the only one that can change the row, so what it answers holds for the write.
      const pointer = await claim(lease, name);
      if (pointer.active === to && !pointer.frozen) return pointer;
      if (frozen && !pointer.frozen) {
        throw new MigrateError('INTERNAL', `the writes to the table \`${name}\` have to be held back before a cutover`);
      }
      return change(lease, name, { active: to, frozen: false });
    },

    remove: (lease, name) => deleteFenced(table, lease, pointerKey(name)),
  };
}

/** The key of the pointer of a table. */
export function pointerKey(name: string): RowKey {
  return { pk: PK, sk: name };
}

/** The pointer in a row; undefined for one whose making was cut short. */
export function pointerOf(row: Row | undefined): Pointer | undefined {
  if (row?.migration === undefined) return undefined;
  const { pk: _pk, sk: _sk, token: _token, write: _write, ...pointer } = row;
  return pointer as unknown as Pointer;
}

async function assertReplaceable(found: Pointer, others: readonly Pointer[]): Promise<void> {
  const { name, migration } = found;
  if (found.frozen) {
    throw new MigrateError('MIGRATION_UNFINISHED', `the cutover of \`${migration}\` holds back writes to \`${name}\``, {
      migration,
      fix: `finish it with \`migrate cutover ${migration}\`, or take it back`,
    });
  }
  const all = new Map([found, ...others].map((pointer) => [pointer.name, pointer]));
  const used = await followPointers(name, async (at) => all.get(at));
  if (used.name === name) return;
  throw new MigrateError(
    'MIGRATION_INVALID',
    `applications that ask for the table \`${name}\` have used \`${used.name}\` since \`${migration}\``,
    { fix: `move from the table that they use: \`from: table('${used.name}')\`` },
  );
}
