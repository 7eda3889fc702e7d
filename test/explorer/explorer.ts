import type { RawItem } from '../../src/item/attribute-value.js';
import { keyOf } from '../../src/item/key.js';
import type { Mapping } from '../../src/reconcile/mapping.js';
import { hash53 } from './hash.js';
import { type Answer, Processes, type ProcessNode, type Program, type Request } from './processes.js';
import { keyText, sortedJson, sourceItem } from './programs.js';
import {
  applyWrite,
  type Bounds,
  execute,
  type Process,
  type ProcessKind,
  recordOf,
  renumbered,
  type World,
  worldText,
} from './world.js';

/** What is explored: programs, the images that applications write, and how often things may happen. */
export interface Scenario {
  /** What the target has to be at the end, and its key. */
  readonly mapping: Mapping;
  /** The images that a unit can have beside absent, a list a unit: applications write any of them, within the bound. */
  readonly choices?: readonly (readonly string[])[];
  /** Or what applications write to each unit, in this order; empty deletes. */
  readonly scripts?: readonly (readonly string[])[];
  /** Source images at the beginning. */
  readonly initial: readonly string[];
  readonly backfill: Program;
  readonly delivery: (records: readonly string[]) => Program;
  readonly settle: Program;
  readonly other?: Program;
  readonly bounds: Partial<Bounds>;
  /** Items a scan page. Default 1. */
  readonly scanLimit?: number;
  /** The shard of each unit. Default: one of its own. */
  readonly shards?: readonly number[];
  /** Records a delivery at most. Default 1. */
  readonly batch?: number;
  /** The stream is on from the beginning, or at some time. Default true. */
  readonly streamOn?: boolean;
  /** Which processes may die. Default: backfill and deliveries. */
  readonly mortal?: readonly ProcessKind[];
}

export interface Violation {
  readonly what: string;
  /** The steps that lead to it. */
  readonly trace: readonly string[];
}

export interface Exploration {
  readonly worlds: number;
  /** Distinct local states of processes: how often production code was run on. */
  readonly nodes: number;
  readonly steps: number;
  /** Worlds at rest in which the target was compared. */
  readonly compared: number;
  readonly violation: Violation | undefined;
}

interface Step {
  readonly label: string;
  readonly world: World;
}

/** Explores every world that the scenario can reach, depth first; stops at the first violation. */
export async function explore(scenario: Scenario): Promise<Exploration> {
  const model = new Model(scenario);
  const first = await model.find(() => model.first());
  const visited = new Set<number>([hash53(worldText(first))]);
  let steps = 0;
  const path: { label: string; open: Step[] }[] = [];
  const enter = async (label: string, world: World): Promise<string | undefined> => {
    const open = await model.find(() => model.steps(world));
    const found = model.judge(world, open.length);
    path.push({ label, open });
    return found;
  };
  const report = (what: string | undefined): Exploration => ({
    worlds: visited.size,
    nodes: model.nodes,
    steps,
    compared: model.compared,
    violation: what === undefined ? undefined : { what, trace: path.slice(1).map(({ label }) => label) },
  });

  let what = await enter('', first);
  while (what === undefined) {
    const top = path.at(-1);
    if (!top) break;
    const step = top.open.pop();
    if (!step) {
      path.pop();
      continue;
    }
    steps += 1;
    const id = hash53(worldText(step.world));
    if (visited.has(id)) continue;
    visited.add(id);
    what = await enter(step.label, step.world);
  }
  return report(what);
}

/** Follows one execution: `choose` picks one of so many steps. */
export async function walk(
  scenario: Scenario,
  choose: (steps: number) => number,
  maxSteps = 5_000,
  model?: Model,
): Promise<Exploration> {
  const walked = model ?? new Model(scenario);
  let world = await walked.find(() => walked.first());
  const trace: string[] = [];
  let what: string | undefined;
  for (;;) {
    const open = await walked.find(() => walked.steps(world));
    what = walked.judge(world, open.length);
    if (what !== undefined || open.length === 0) break;
    const step = open[choose(open.length)];
    if (!step) throw new Error('chose a step that there is not');
    trace.push(step.label);
    world = step.world;
    if (trace.length > maxSteps) {
      what = `no end after ${maxSteps} steps`;
      break;
    }
  }
  return {
    worlds: trace.length,
    nodes: walked.nodes,
    steps: trace.length,
    compared: walked.compared,
    violation: what === undefined ? undefined : { what, trace },
  };
}

/** Thrown where code would have to run on to know what it does next; everything else is computed at once. */
class Unknown extends Error {
  readonly run: () => Promise<unknown>;

  constructor(run: () => Promise<unknown>) {
    super('not run yet');
    this.run = run;
  }
}

/** A scenario's rules: which steps a world has, and whether one is as it must be. */
export class Model {
  compared = 0;
  readonly #scenario: Scenario;
  readonly #processes = new Processes();
  readonly #limit: number;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#limit = scenario.scanLimit ?? 1;
  }

  get nodes(): number {
    return this.#processes.nodes.length;
  }

  /** Computes something; the code that is run for the first time on the way is awaited in between. */
  async find<T>(compute: () => T): Promise<T> {
    for (;;) {
      try {
        return compute();
      } catch (error) {
        if (!(error instanceof Unknown)) throw error;
        await error.run();
      }
    }
  }

  first(): World {
    const { initial, bounds, streamOn = true } = this.#scenario;
    const none: Bounds = { writes: 0, replays: 0, crashes: 0, faults: 0, settles: 0, others: 0 };
    return this.#normal({
      source: initial,
      target: [],
      streamOn,
      queues: [...new Set(initial.map((_, unit) => this.#shardOf(unit)))].map(() => []),
      last: initial.map(() => ''),
      written: initial.map(() => 0),
      obligations: [],
      intents: '',
      position: '',
      processes: [],
      zombies: [],
      left: { ...none, ...bounds },
      idlePasses: 0,
    });
  }

  /** All that can happen next. */
  steps(world: World): Step[] {
    // What a process does to itself alone can be done first: whatever else happens, happens the same after it.
    // Only its own death is an alternative.
    for (const process of world.processes) {
      const node = this.#processes.at(process.node);
      const index = node.pending.findIndex(
        (request) => request !== undefined && this.#isPrivate(request, world, process),
      );
      const request = node.pending[index];
      if (request) return [...this.#answers(world, process, node, index, request), ...this.#deaths(world, process)];
    }
    const steps: Step[] = [];
    for (const process of world.processes) {
      const node = this.#processes.at(process.node);
      for (const [index, request] of node.pending.entries()) {
        if (request) steps.push(...this.#answers(world, process, node, index, request));
      }
      steps.push(...this.#deaths(world, process));
    }
    for (const [index, zombie] of world.zombies.entries()) {
      const rest = forget({ ...world, zombies: world.zombies.filter((_, other) => other !== index) }, zombie.id);
      const { target } = applyWrite(world.target, zombie.write);
      // A write that is lost matters only to those who wait until it is.
      if (world.processes.some(({ waits }) => waits.includes(zombie.id))) {
        steps.push({ label: `a late write of ${zombie.write.key} is lost`, world: this.#normal(rest) });
      }
      steps.push({
        label: `late: ${requestText(zombie.write)}`,
        world: this.#normal({ ...rest, target }),
      });
    }
    steps.push(...this.#writes(world), ...this.#starts(world));
    if (!world.streamOn) steps.push({ label: 'the stream is on', world: this.#normal({ ...world, streamOn: true }) });
    return steps;
  }

  /** What is wrong with a world; `undefined` if nothing is. */
  judge(world: World, steps: number): string | undefined {
    const atRest = isQuiet(world) && world.obligations.every((one) => this.#isJustified(world, one.id));
    if (!atRest) {
      if (steps === 0) return `stuck: ${summary(world)}`;
      return world.idlePasses > 3 ? `obligations are left over: ${summary(world)}` : undefined;
    }
    this.compared += 1;
    return this.#compare(world);
  }

  #answers(world: World, process: Process, node: ProcessNode, index: number, request: Request): Step[] {
    const name = `${process.kind}${process.records.length > 0 ? ` of ${process.records.join(',')}` : ''}`;
    const done = execute(world, process, request, this.#limit);
    if (!done) return [];
    const steps: Step[] = [];
    const after = this.#advance(done.world, process, node, index, { json: JSON.stringify(done.answer) });
    steps.push({ label: `${name}: ${requestText(request)} → ${JSON.stringify(done.answer)}`, world: after });
    if (request.op === 'write' && world.left.faults > 0) {
      const left = { ...world.left, faults: world.left.faults - 1 };
      const ghost = (base: World): World => ({
        ...base,
        left,
        idlePasses: 0,
        zombies: [...base.zombies, zombieOf(base, request)],
      });
      const late = { ...(done.answer as object), late: true };
      steps.push({
        label: `${name}: ${requestText(request)} → acknowledged on a retry, the first attempt may still land`,
        world: this.#advance(ghost(done.world), process, node, index, { json: JSON.stringify(late) }),
      });
      steps.push({
        label: `${name}: ${requestText(request)} → unknown outcome`,
        world: this.#advance(ghost(world), process, node, index, 'unknown outcome'),
      });
    }
    return steps;
  }

  #advance(world: World, process: Process, node: ProcessNode, index: number, answer: Answer): World {
    const next = this.#processes.known(node, index, answer);
    if (!next) throw new Unknown(() => this.#processes.answer(node, index, answer));
    if (next.ended) return this.#normal(this.#ended(world, process, next));
    const asksHorizon = (at: ProcessNode) => at.pending.some((request) => request?.op === 'horizon');
    const waits = asksHorizon(next) ? (asksHorizon(node) ? process.waits : world.zombies.map(({ id }) => id)) : [];
    const processes = world.processes.map((one) =>
      one.pid === process.pid ? { ...one, node: next.number, waits } : one,
    );
    return this.#normal({ ...world, processes });
  }

  /** A process that died, or ended; what it still has on its way may land. */
  #ended(world: World, process: Process, node: ProcessNode | undefined): World {
    const pending = (node ?? this.#processes.at(process.node)).pending;
    let zombies = world.zombies;
    for (const request of pending) {
      if (request?.op === 'write') zombies = [...zombies, zombieOf({ ...world, zombies }, request)];
    }
    const failed = node?.ended !== 'done';
    const queues =
      failed && process.kind === 'delivery'
        ? world.queues.map((queue, shard) => (shard === process.shard ? [...process.records, ...queue] : queue))
        : world.queues;
    const idle =
      process.kind === 'settle' &&
      !failed &&
      isIdle({ ...world, processes: world.processes.filter(({ pid }) => pid !== process.pid) }) &&
      world.zombies.length === 0;
    return {
      ...world,
      zombies,
      queues,
      processes: world.processes.filter((one) => one !== process && one.pid !== process.pid),
      obligations: world.obligations.map((one) => (one.pid === process.pid ? { ...one, pid: -1 } : one)),
      idlePasses: idle && !this.#mayBeWritten(world) ? world.idlePasses + 1 : 0,
    };
  }

  #deaths(world: World, process: Process): Step[] {
    const { mortal = ['backfill', 'delivery', 'replay'] } = this.#scenario;
    if (world.left.crashes === 0 || !mortal.includes(process.kind)) return [];
    const after = this.#ended(
      { ...world, left: { ...world.left, crashes: world.left.crashes - 1 } },
      process,
      undefined,
    );
    return [{ label: `${process.kind} dies`, world: this.#normal(after) }];
  }

  #writes(world: World): Step[] {
    const steps: Step[] = [];
    for (const [unit, before] of world.source.entries()) {
      for (const after of this.#nextImages(world, unit)) {
        if (after === before) continue;
        const record = recordOf(unit, before, after);
        const shard = this.#shardOf(unit);
        const replace = <T>(list: readonly T[], at: number, change: (old: T) => T): T[] =>
          list.map((old, index) => (index === at ? change(old) : old));
        const changed: World = {
          ...world,
          source: replace(world.source, unit, () => after),
          queues: world.streamOn ? replace(world.queues, shard, (queue) => [...queue, record]) : world.queues,
          ...(this.#scenario.scripts
            ? { written: replace(world.written, unit, (count) => count + 1) }
            : { left: { ...world.left, writes: world.left.writes - 1 } }),
        };
        const label = `application: ${unit} ${before || 'nothing'} → ${after || 'nothing'}`;
        steps.push({ label, world: this.#normal(changed) }, ...this.#replays(changed, record, shard, label));
      }
    }
    return steps;
  }

  /**
   * The same with deliveries to come a second time. Their processes begin with the record and may act at any time
   * from then on, so they are also late, and out of order.
   */
  #replays(world: World, record: string, shard: number, label: string): Step[] {
    if (!world.streamOn) return [];
    const steps: Step[] = [];
    const previous = world.last[shard];
    const batches = [[record], ...((this.#scenario.batch ?? 1) > 1 && previous ? [[previous, record]] : [])];
    let more = world;
    for (let times = 1; times <= world.left.replays; times++) {
      for (const batch of batches) {
        const left = { ...world.left, replays: world.left.replays - times };
        const begun = this.#begin({ ...more, left }, 'replay', -1, batch);
        steps.push({ label: `${label}, ${batch} to be delivered again`, world: this.#normal(begun) });
        if (batch.length === 1) more = begun;
      }
    }
    return steps.map(({ label, world: one }) => ({
      label,
      world:
        (this.#scenario.batch ?? 1) > 1
          ? { ...one, last: one.last.map((old, at) => (at === shard ? record : old)) }
          : one,
    }));
  }

  /** What applications may write to a unit next; nothing when they have written their last. */
  #nextImages(world: World, unit: number): readonly string[] {
    const { scripts, choices } = this.#scenario;
    if (scripts) return scripts[unit]?.slice(world.written[unit] ?? 0).slice(0, 1) ?? [];
    return world.left.writes > 0 ? ['', ...(choices?.[unit] ?? [])] : [];
  }

  #mayBeWritten(world: World): boolean {
    return world.source.some((_, unit) => this.#nextImages(world, unit).length > 0);
  }

  #starts(world: World): Step[] {
    const { batch = 1, other, settle } = this.#scenario;
    const steps: Step[] = [];
    if (batch > 1) {
      for (const [shard, queue] of world.queues.entries()) {
        if (world.processes.some((one) => one.kind === 'delivery' && one.shard === shard)) continue;
        for (let size = 1; size <= Math.min(batch, queue.length); size++) {
          steps.push({
            label: `deliver ${queue.slice(0, size)}`,
            world: this.#normal(this.#deliver(world, shard, size)),
          });
        }
      }
    }
    const due = world.obligations.some(({ id, pid }) => pid === -1 && !(isIdle(world) && this.#isJustified(world, id)));
    const settling = world.processes.some(({ kind }) => kind === 'settle');
    if (due && !settling && (isIdle(world) || world.left.settles > 0)) {
      const left = isIdle(world) ? world.left : { ...world.left, settles: world.left.settles - 1 };
      const begun = this.#begin({ ...world, left }, 'settle', -1, [], settle);
      steps.push({ label: 'settle', world: this.#normal(begun) });
    }
    if (other && world.left.others > 0) {
      const left = { ...world.left, others: world.left.others - 1 };
      const begun = this.#begin({ ...world, left }, 'other', -1, [], other);
      steps.push({ label: 'start the other process', world: this.#normal(begun) });
    }
    return steps;
  }

  /** What happens by itself, at no time that matters: idle processes are there, and nothing superfluous is kept. */
  #normal(given: World): World {
    let world = given;
    if (world.position !== 'finished' && !world.processes.some(({ kind }) => kind === 'backfill')) {
      world =
        world.position === 'done' && world.intents === ''
          ? { ...world, position: 'finished' }
          : this.#begin(world, 'backfill', -1, [], this.#scenario.backfill);
    }
    if ((this.#scenario.batch ?? 1) === 1) {
      for (const [shard, queue] of world.queues.entries()) {
        const busy = world.processes.some((one) => one.kind === 'delivery' && one.shard === shard);
        if (!busy && queue.length > 0) world = this.#deliver(world, shard, 1);
      }
    }
    const settling = world.processes.some(({ kind }) => kind === 'settle');
    return renumbered({
      ...world,
      // A generation matters only to a settler that knows it.
      obligations: settling
        ? world.obligations
        : world.obligations.map((one) => (one.generation === 1 ? one : { ...one, generation: 1 })),
    });
  }

  #deliver(world: World, shard: number, size: number): World {
    const queue = world.queues[shard] ?? [];
    const records = queue.slice(0, size);
    const queues = world.queues.map((one, other) => (other === shard ? one.slice(size) : one));
    return this.#begin({ ...world, queues }, 'delivery', shard, records);
  }

  #begin(world: World, kind: ProcessKind, shard: number, records: readonly string[], program?: Program): World {
    const name = program ? kind : `deliver ${records.join(',')}`;
    const node = this.#processes.knownRoot(name);
    if (!node) throw new Unknown(() => this.#processes.root(name, program ?? this.#scenario.delivery(records)));
    let pid = 0;
    while (world.processes.some((one) => one.pid === pid)) pid += 1;
    const process: Process = { pid, kind, node: node.number, shard, records, waits: [] };
    if (node.ended) return this.#ended({ ...world, processes: [...world.processes, process] }, process, node);
    const processes = [...world.processes, process].sort((a, b) => a.pid - b.pid);
    return { ...world, processes };
  }

  /** Whether an obligation has to be there as the source is now, and no settling could meet it. */
  #isJustified(world: World, id: string): boolean {
    const { claims, poisoned } = this.#expected(world);
    if (id.startsWith('quarantined ')) return poisoned.has(id.slice('quarantined '.length));
    if (!id.startsWith('contested ')) return false;
    return (claims.get(id.slice('contested '.length))?.length ?? 0) > 1 || poisoned.size > 0;
  }

  #compare(world: World): string | undefined {
    const { claims, poisoned } = this.#expected(world);
    const ids = new Set(world.obligations.map(({ id }) => id));
    for (const unit of poisoned) {
      if (!ids.has(`quarantined ${unit}`)) return `${unit} has no target form and is no obligation: ${summary(world)}`;
    }
    for (const [key, items] of claims) {
      if (items.length > 1 && !ids.has(`contested ${key}`)) return `collision on ${key} unnoticed: ${summary(world)}`;
    }
    const there = new Map(world.target);
    for (const key of new Set([...claims.keys(), ...there.keys()])) {
      const wanted = claims.get(key) ?? [];
      const found = there.get(key);
      if (ids.has(`contested ${key}`) || isPoisoned(found, poisoned)) continue;
      if (wanted[0] !== found)
        return `${key} has ${found ?? 'nothing'}, not ${wanted[0] ?? 'nothing'}: ${summary(world)}`;
    }
    return undefined;
  }

  #expected(world: World): { claims: Map<string, string[]>; poisoned: Set<string> } {
    const { mapping } = this.#scenario;
    const claims = new Map<string, string[]>();
    const poisoned = new Set<string>();
    for (const [unit, image] of world.source.entries()) {
      if (image === '') continue;
      try {
        const source = sourceItem(unit, image);
        for (const item of mapping.up(source)) {
          const signed = mapping.owner ? mapping.owner.sign(item, keyOf(source, mapping.sourceKeys)) : item;
          const key = keyText(keyOf(item, mapping.targetKeys));
          claims.set(key, [...(claims.get(key) ?? []), sortedJson(signed as RawItem)]);
        }
      } catch {
        poisoned.add(String(unit));
      }
    }
    return { claims, poisoned };
  }

  /** Whether nobody else's step can tell when the request is made. */
  #isPrivate(request: Request, world: World, process: Process): boolean {
    switch (request.op) {
      case 'loadPosition':
      case 'savePosition':
      case 'loadIntents':
      case 'storeIntents':
        return true;
      case 'syncOn':
        return world.streamOn;
      case 'horizon':
        return process.waits.length === 0;
      case 'add':
      case 'remove':
        // A settler lists what is in flight only after its process has ended; and while none can run, nobody lists.
        return request.inFlight || (world.left.settles === 0 && !world.processes.some(({ kind }) => kind === 'settle'));
      // Once the applications have written their last, every read of the source answers the same.
      case 'readSource':
        return this.#nextImages(world, Number(request.unit)).length === 0;
      case 'scan':
        return !this.#mayBeWritten(world);
      default:
        return false;
    }
  }

  #shardOf(unit: number): number {
    return this.#scenario.shards?.[unit] ?? unit;
  }
}

function zombieOf(world: World, write: Extract<Request, { op: 'write' }>): World['zombies'][number] {
  let id = 0;
  while (world.zombies.some((one) => one.id === id)) id += 1;
  return { id, write };
}

function forget(world: World, zombie: number): World {
  if (!world.processes.some(({ waits }) => waits.includes(zombie))) return world;
  const processes = world.processes.map((one) =>
    one.waits.includes(zombie) ? { ...one, waits: one.waits.filter((id) => id !== zombie) } : one,
  );
  return { ...world, processes };
}

/** Nothing is going on but what the applications may still do. */
function isIdle({ position, queues, processes }: World): boolean {
  return position === 'finished' && processes.length === 0 && queues.every((queue) => queue.length === 0);
}

function isQuiet(world: World): boolean {
  return isIdle(world) && world.intents === '';
}

function isPoisoned(item: string | undefined, poisoned: ReadonlySet<string>): boolean {
  if (item === undefined) return false;
  const { id } = JSON.parse(item) as RawItem;
  return id !== undefined && 'S' in id && poisoned.has(id.S);
}

function requestText(request: Request): string {
  const { op, ...rest } = request;
  return `${op} ${Object.values(rest).map(String).join(' ')}`.trim();
}

function summary(world: World): string {
  return `source ${JSON.stringify(world.source)}, target ${JSON.stringify(world.target)}, obligations ${JSON.stringify(
    world.obligations.map(({ body }) => body),
  )}`;
}
