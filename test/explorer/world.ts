import type { Request, WriteRequest } from './processes.js';

/**
 * Everything that the explored processes share, and what is left of each bound. Immutable, and in one normal form:
 * two worlds whose futures are the same should have the same JSON.
 */
export interface World {
  /** The image of each unit's source item; empty where there is none. */
  readonly source: readonly string[];
  /** Target items as JSON by key, sorted. */
  readonly target: readonly (readonly [key: string, item: string])[];
  /** How many of its scripted writes each unit has had. */
  readonly written: readonly number[];
  readonly streamOn: boolean;
  /** Records that were not handled yet, by shard. */
  readonly queues: readonly (readonly string[])[];
  /** The newest record of each shard, where one may be delivered again together with the next. */
  readonly last: readonly string[];
  readonly obligations: readonly Stored[];
  readonly intents: string;
  readonly position: string;
  readonly processes: readonly Process[];
  /** Writes that may still land although nobody waits for them. */
  readonly zombies: readonly Zombie[];
  readonly left: Bounds;
  /** Passes of the settler, in a row, through a world where nothing else is going on. */
  readonly idlePasses: number;
}

export interface Stored {
  readonly id: string;
  readonly generation: number;
  readonly body: string;
  /** The process whose batch is in flight; -1 for none, or one that has ended. */
  readonly pid: number;
}

export type ProcessKind = 'backfill' | 'delivery' | 'replay' | 'settle' | 'other';

export interface Process {
  readonly pid: number;
  readonly kind: ProcessKind;
  /** Its local state: the number of a process node. */
  readonly node: number;
  readonly shard: number;
  /** The records of a delivery. */
  readonly records: readonly string[];
  /** While it waits for the horizon: the zombies that were there when it began to. */
  readonly waits: readonly number[];
}

export interface Zombie {
  readonly id: number;
  readonly write: WriteRequest;
}

/** How often each of these may happen in one execution. */
export interface Bounds {
  readonly writes: number;
  readonly replays: number;
  readonly crashes: number;
  /** Target writes whose outcome stays unknown. */
  readonly faults: number;
  /** Passes of the settler while other things go on. */
  readonly settles: number;
  /** Starts of the scenario's other process. */
  readonly others: number;
}

/** A record as text: unit, old image, new image. */
export function recordOf(unit: number, before: string, after: string): string {
  return `${unit}:${before}>${after}`;
}

export function parseRecord(record: string): { unit: number; before: string; after: string } {
  const [unit = '', images = ''] = record.split(':');
  const [before = '', after = ''] = images.split('>');
  return { unit: Number(unit), before, after };
}

/** Renumbers processes and zombies, so that worlds that differ only in who came first are one. */
export function renumbered(world: World): World {
  const zombies = [...world.zombies].sort((a, b) => compare(a.write.key + a.write.item, b.write.key + b.write.item));
  const processes = [...world.processes].sort((a, b) => compare(rank(a), rank(b)));
  if (zombies.every(({ id }, index) => id === index) && processes.every(({ pid }, index) => pid === index))
    return world;
  const zombieIds = new Map(zombies.map(({ id }, index) => [id, index]));
  const pids = new Map(processes.map(({ pid }, index) => [pid, index]));
  return {
    ...world,
    zombies: zombies.map((zombie, id) => ({ ...zombie, id })),
    processes: processes.map((process, pid) => ({
      ...process,
      pid,
      waits: process.waits.map((id) => zombieIds.get(id) ?? -1).sort(),
    })),
    obligations: world.obligations.map((one) => ({ ...one, pid: pids.get(one.pid) ?? -1 })),
  };
}

function rank({ kind, shard, records, node }: Process): string {
  return `${kind} ${shard} ${records.join()} ${node}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A world as text: equal for equal worlds only. */
export function worldText(world: World): string {
  const { left } = world;
  return [
    world.source.join(),
    world.target.map(([, item]) => item).join(),
    world.written.join(),
    world.streamOn ? 1 : 0,
    world.queues.map((queue) => queue.join()).join(';'),
    world.last.join(),
    world.obligations.map(({ id, generation, body, pid }) => `${id} ${generation} ${pid} ${body}`).join(),
    world.intents,
    world.position,
    world.processes
      .map(
        ({ pid, kind, node, shard, waits, records }) =>
          `${pid}${kind}${node} ${shard} ${waits.join()} ${records.join()}`,
      )
      .join(';'),
    world.zombies.map(({ id, write }) => `${id} ${write.key} ${write.item} ${write.owner}`).join(';'),
    [left.writes, left.replays, left.crashes, left.faults, left.settles, left.others, world.idlePasses].join(),
  ].join('|');
}

/** Makes a write, if its condition holds; answers the target as it is then. */
export function applyWrite(
  target: World['target'],
  { key, item, owner }: WriteRequest,
): { readonly target: World['target']; readonly made: boolean } {
  const there = target.find(([other]) => other === key)?.[1];
  if (owner !== '' && there !== undefined && !hasAttributes(there, owner)) return { target, made: false };
  if (there === item || (there === undefined && item === '')) return { target, made: true };
  const others = target.filter(([other]) => other !== key);
  if (item === '') return { target: others, made: true };
  return { target: [...others, [key, item] as const].sort(([a], [b]) => (a < b ? -1 : 1)), made: true };
}

function hasAttributes(item: string, owner: string): boolean {
  const attributes: Record<string, unknown> = JSON.parse(item);
  return Object.entries(JSON.parse(owner) as Record<string, unknown>).every(
    ([name, value]) => JSON.stringify(attributes[name]) === JSON.stringify(value),
  );
}

/** Executes a request of a process at once; `undefined` while it has to wait. */
export function execute(
  world: World,
  process: Process,
  request: Request,
  scanLimit: number,
): { readonly world: World; readonly answer: unknown } | undefined {
  switch (request.op) {
    case 'readSource':
      return { world, answer: world.source[Number(request.unit)] ?? '' };
    case 'readTarget':
      return { world, answer: world.target.find(([key]) => key === request.key)?.[1] ?? '' };
    case 'write': {
      const { target, made } = applyWrite(world.target, request);
      return { world: { ...world, target }, answer: { made, late: false } };
    }
    case 'scan': {
      const units = world.source.flatMap((image, unit) =>
        image !== '' && (request.after === '' || unit > Number(request.after)) ? [unit] : [],
      );
      const page = units.slice(0, scanLimit);
      const last = page.length === scanLimit ? String(page.at(-1)) : '';
      return { world, answer: { items: page.map((unit) => [unit, world.source[unit]]), last } };
    }
    case 'syncOn':
      return world.streamOn ? { world, answer: null } : undefined;
    case 'horizon':
      return process.waits.length === 0 ? { world, answer: null } : undefined;
    case 'loadPosition':
      return { world, answer: world.position };
    case 'savePosition':
      return { world: { ...world, position: request.position }, answer: null };
    case 'loadIntents':
      return { world, answer: world.intents };
    case 'storeIntents':
      return { world: { ...world, intents: request.intents }, answer: null };
    case 'add':
      return add(world, process, request);
    case 'remove': {
      const found = world.obligations.find(({ id, pid }) =>
        request.inFlight ? pid === process.pid : id === request.id,
      );
      if (!found || (request.generation !== -1 && found.generation !== request.generation)) {
        return { world, answer: false };
      }
      return { world: { ...world, obligations: world.obligations.filter((one) => one !== found) }, answer: true };
    }
    case 'list':
      return {
        world,
        answer: world.obligations
          .filter(({ pid }) => pid === -1)
          .map(({ id, generation, body }) => ({ id, generation, body })),
      };
  }
}

function add(world: World, process: Process, { id, body, inFlight }: Extract<Request, { op: 'add' }>) {
  const merging = id !== '';
  const found = merging ? world.obligations.find((one) => one.id === id) : undefined;
  const stored: Stored = {
    id: merging ? id : freshId(world, body),
    generation: (found?.generation ?? 0) + 1,
    body: found ? union(found.body, body) : body,
    pid: inFlight ? process.pid : -1,
  };
  const obligations = [...world.obligations.filter((one) => one !== found), stored].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  // Nobody needs to know the row's name or generation, and what is not answered does not tell histories apart.
  return { world: { ...world, obligations }, answer: null };
}

function freshId(world: World, stem: string): string {
  for (let n = 0; ; n++) {
    const id = `${stem}#${n}`;
    if (!world.obligations.some((one) => one.id === id)) return id;
  }
}

/** Two bodies of one obligation: what is in lists is united. */
function union(a: string, b: string): string {
  const merge = (left: unknown, right: unknown): unknown => {
    if (Array.isArray(left) && Array.isArray(right)) {
      return [...new Map([...left, ...right].map((one) => [JSON.stringify(one), one])).entries()]
        .sort(([x], [y]) => (x < y ? -1 : 1))
        .map(([, one]) => one);
    }
    if (left !== null && typeof left === 'object' && right !== null && typeof right === 'object') {
      const names = Object.keys(right);
      return Object.fromEntries(
        names.map((name) => [
          name,
          merge((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
        ]),
      );
    }
    return right;
  };
  return JSON.stringify(merge(JSON.parse(a), JSON.parse(b)));
}
