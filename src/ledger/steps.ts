import { clearRows } from './clear-rows.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import { type Fence, putFenced, updateFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';

/** What a recorded step belongs to. Steps of another run or direction are not skipped. */
export interface StepBinding {
  /** The migration's id. */
  readonly id: string;
  readonly run: number;
  readonly direction: Direction;
}

/** A step that was begun, and perhaps finished. */
export interface RecordedStep {
  readonly name: string;
  /** ISO times. */
  readonly startedAt: string;
  readonly doneAt?: string | undefined;
}

export interface Steps {
  /** The recorded steps, at the start of a run: from then on no former holder of the lock can finish one of them. */
  claim(lease: Fence, binding: StepBinding): Promise<RecordedStep[]>;
  markStarted(lease: Fence, binding: StepBinding, name: string): Promise<void>;
  /** Records a step that was started before as done. */
  markDone(lease: Fence, binding: StepBinding, name: string): Promise<void>;
  /** The recorded steps in the order in which they were started. */
  list(binding: StepBinding): Promise<RecordedStep[]>;
  clear(lease: Fence, id: string): Promise<void>;
}

export interface StepsOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
}

/** Opens the recorded steps of all migrations: a row per migration, direction and step. */
export function openSteps({ table, clock = systemClock }: StepsOptions): Steps {
  async function rowsOf({ id, run, direction }: StepBinding): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of table.query(partitionOf(id), { prefix: `${direction}#` })) {
      if (row.run === run) rows.push(row);
    }
    return rows;
  }

  return {
    async claim(lease, binding) {
      const claimed: Row[] = [];
      for (const row of await rowsOf(binding)) claimed.push(await updateFenced(table, lease, row, {}));
      return claimed.map(decode).sort(byStart);
    },

    async markStarted(lease, binding, name) {
      const { run, direction } = binding;
      await putFenced(table, lease, { ...keyOf(binding, name), name, run, direction, startedAt: isoNow(clock) });
    },

    async markDone(lease, binding, name) {
      await updateFenced(table, lease, keyOf(binding, name), { doneAt: isoNow(clock) });
    },

    async list(binding) {
      return (await rowsOf(binding)).map(decode).sort(byStart);
    },

    clear: (lease, id) => clearRows(table, lease, partitionOf(id)),
  };
}

function partitionOf(id: string): string {
  return `steps#${id}`;
}

function keyOf({ id, direction }: StepBinding, name: string): { pk: string; sk: string } {
  return { pk: partitionOf(id), sk: `${direction}#${name}` };
}

function decode(row: Row): RecordedStep {
  const { name, startedAt, doneAt } = row as unknown as RecordedStep;
  return doneAt === undefined ? { name, startedAt } : { name, startedAt, doneAt };
}

function byStart(a: RecordedStep, b: RecordedStep): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0;
}
