import { MigrateError } from '../../src/errors.js';
import { type RawItem, rawItem } from '../../src/item/attribute-value.js';
import { backfillSegment } from '../../src/reconcile/backfill-segment.js';
import { handleStreamRecords } from '../../src/reconcile/handle-stream-records.js';
import type { Mapping } from '../../src/reconcile/mapping.js';
import type { Intent, Obligation, StoredObligation, TargetWrite, WriteOutcome } from '../../src/reconcile/ports.js';
import { settleObligations } from '../../src/reconcile/settle-obligations.js';
import type { Ask, Program } from './processes.js';
import { parseRecord } from './world.js';

/** Rules that a test takes away, each in the port that keeps it. */
export interface Without {
  readonly syncCheck?: boolean;
  readonly intents?: boolean;
  readonly horizon?: boolean;
  /** Forgets that an outcome was unknown. */
  readonly late?: boolean;
  /** Does not store the batch of a delivery before its first write. */
  readonly inFlight?: boolean;
  readonly quarantine?: boolean;
  readonly contested?: boolean;
  readonly generation?: boolean;
}

export interface ProgramOptions {
  readonly mapping: Mapping;
  readonly without?: Without;
  /** Records carry their images, or keys only. */
  readonly withImages?: boolean;
}

/** The source item of a unit with an image. */
export function sourceItem(unit: string | number, image: string): RawItem {
  return { id: { S: String(unit) }, v: { S: image } };
}

/** The production ports, over requests to the explored world. */
export function portsOver(ask: Ask, { mapping, without = {} }: ProgramOptions) {
  const read = (op: 'source' | 'target') => async (keys: readonly RawItem[]) => {
    const found = await Promise.all(keys.map((key) => readOne(ask, op, key)));
    return found.filter((item) => item !== undefined);
  };
  return {
    mapping,
    readSource: read('source'),
    readTarget: read('target'),
    writeTarget: (writes: readonly TargetWrite[]) => Promise.all(writes.map((write) => writeOne(ask, write, without))),
    obligations: obligationsOver(ask, without),
    waitHorizon: async () => {
      if (!without.horizon) await ask({ op: 'horizon' });
    },
  };
}

/** Production backfill of the only segment, begun at its stored position. */
export function backfillProgram(options: ProgramOptions): Program {
  const { without = {} } = options;
  return async (ask) => {
    const position = (await ask({ op: 'loadPosition' })) as string;
    await backfillSegment({
      ...portsOver(ask, options),
      start: {
        startKey: position === '' || position === 'done' ? undefined : { id: { S: position } },
        done: position === 'done',
      },
      intents: intentsOver(ask, without),
      assertSyncOn: async () => {
        if (!without.syncCheck) await ask({ op: 'syncOn' });
      },
      scanPage: async (startKey) => {
        const { items, last } = await scan(ask, startKey === undefined ? '' : textOf(startKey.id));
        return { items, lastKey: last === '' ? undefined : { id: { S: last } } };
      },
      saveCheckpoint: async ({ startKey, done }) => {
        await ask({ op: 'savePosition', position: done ? 'done' : startKey === undefined ? '' : textOf(startKey.id) });
      },
    });
  };
}

/** Production handling of one batch; fails where Lambda would deliver it again. */
export function deliveryProgram(records: readonly string[], options: ProgramOptions): Program {
  return async (ask) => {
    const { batchItemFailures } = await handleStreamRecords(
      records.map((record, index) => lambdaRecord(record, index + 1, options.withImages ?? true)),
      portsOver(ask, options),
    );
    if (batchItemFailures.length > 0) throw new Error(`failed from ${batchItemFailures[0]?.itemIdentifier}`);
  };
}

export function settleProgram(options: ProgramOptions): Program {
  return async (ask) => {
    await settleObligations(portsOver(ask, options));
  };
}

export async function scan(ask: Ask, after: string): Promise<{ items: RawItem[]; last: string }> {
  const { items, last } = (await ask({ op: 'scan', after })) as { items: [number, string][]; last: string };
  return { items: items.map(([unit, image]) => sourceItem(unit, image)), last };
}

export function lambdaRecord(record: string, sequence: number, images: boolean): unknown {
  const { unit, before, after } = parseRecord(record);
  return {
    eventName: before === '' ? 'INSERT' : after === '' ? 'REMOVE' : 'MODIFY',
    dynamodb: {
      Keys: { id: { S: String(unit) } },
      SequenceNumber: String(sequence),
      ...(images && before !== '' ? { OldImage: sourceItem(unit, before) } : {}),
      ...(images && after !== '' ? { NewImage: sourceItem(unit, after) } : {}),
    },
  };
}

async function readOne(ask: Ask, table: 'source' | 'target', key: RawItem): Promise<RawItem | undefined> {
  if (table === 'source') {
    const unit = textOf(key.id);
    const image = (await ask({ op: 'readSource', unit })) as string;
    return image === '' ? undefined : sourceItem(unit, image);
  }
  const item = (await ask({ op: 'readTarget', key: keyText(key) })) as string;
  return item === '' ? undefined : (JSON.parse(item) as RawItem);
}

export async function writeOne(
  ask: Ask,
  { key, item, owner }: TargetWrite,
  without: Without = {},
): Promise<WriteOutcome> {
  const { made, late } = (await ask({
    op: 'write',
    key: keyText(key),
    item: item ? sortedJson(rawItem(item)) : '',
    owner: owner ? JSON.stringify(owner) : '',
  })) as { made: boolean; late: boolean };
  return { result: made ? 'written' : 'not owner', late: late && !without.late };
}

function intentsOver(ask: Ask, without: Without) {
  return {
    load: async () => JSON.parse(((await ask({ op: 'loadIntents' })) as string) || '[]') as Intent[],
    store: async (intents: readonly Intent[]) => {
      if (without.intents && intents.length > 0) return;
      await ask({ op: 'storeIntents', intents: intents.length === 0 ? '' : JSON.stringify(intents) });
    },
  };
}

function obligationsOver(ask: Ask, without: Without) {
  return {
    add: async (list: readonly Obligation[]): Promise<StoredObligation[]> => {
      const answers: StoredObligation[] = [];
      for (const obligation of list) {
        const inFlight = obligation.kind === 'reconcile' && obligation.inFlight;
        const dropped =
          (inFlight && without.inFlight) ||
          (obligation.kind === 'quarantined' && without.quarantine) ||
          (obligation.kind === 'contested' && without.contested);
        if (!dropped) await ask({ op: 'add', id: rowId(obligation), body: bodyOf(obligation), inFlight });
        answers.push({ id: inFlight ? 'in flight' : rowId(obligation), generation: 1, obligation });
      }
      return answers;
    },
    remove: async ({ id, generation }: StoredObligation): Promise<boolean> => {
      const inFlight = id === 'in flight';
      if (inFlight && without.inFlight) return true;
      const request = { op: 'remove', id, generation: without.generation ? -1 : generation, inFlight } as const;
      return (await ask(request)) as boolean;
    },
    list: async (): Promise<StoredObligation[]> => {
      const rows = (await ask({ op: 'list' })) as { id: string; generation: number; body: string }[];
      return rows.map(({ id, generation, body }) => ({ id, generation, obligation: obligationOf(body) }));
    },
  };
}

/** Rows that are merged have a name; every other obligation is a row of its own. */
function rowId(obligation: Obligation): string {
  if (obligation.kind === 'quarantined') return `quarantined ${textOf(obligation.intent.unit.id)}`;
  return obligation.kind === 'contested' ? `contested ${keyText(obligation.key)}` : '';
}

function bodyOf(obligation: Obligation): string {
  return JSON.stringify(obligation.kind === 'quarantined' ? { ...obligation, error: {} } : obligation);
}

function obligationOf(body: string): Obligation {
  const obligation = JSON.parse(body) as Obligation;
  if (obligation.kind !== 'quarantined') return obligation;
  return { ...obligation, error: new MigrateError('TRANSFORM_FAILED', 'as it was stored') };
}

export function keyText(key: RawItem): string {
  return Object.values(key).map(textOf).join('/');
}

export function sortedJson(item: RawItem): string {
  return JSON.stringify(Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function textOf(value: RawItem[string] | undefined): string {
  return value && 'S' in value ? value.S : '';
}
