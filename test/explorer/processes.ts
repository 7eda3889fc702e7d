import { setImmediate as turn } from 'node:timers/promises';

/** A request of a process under test: one atomic step of the explored world. Plain data. */
export type Request =
  | { readonly op: 'readSource'; readonly unit: string }
  | { readonly op: 'readTarget'; readonly key: string }
  | WriteRequest
  | { readonly op: 'scan'; readonly after: string }
  | { readonly op: 'syncOn' }
  | { readonly op: 'horizon' }
  | { readonly op: 'loadPosition' }
  | { readonly op: 'savePosition'; readonly position: string }
  | { readonly op: 'loadIntents' }
  | { readonly op: 'storeIntents'; readonly intents: string }
  | { readonly op: 'add'; readonly id: string; readonly body: string; readonly inFlight: boolean }
  | { readonly op: 'remove'; readonly id: string; readonly generation: number; readonly inFlight: boolean }
  | { readonly op: 'list' };

export interface WriteRequest {
  readonly op: 'write';
  readonly key: string;
  /** JSON of the item; empty deletes. */
  readonly item: string;
  /** JSON of the attributes that an item there has to have; empty: unconditional. */
  readonly owner: string;
}

/** Sends a request; the answer is plain data too. */
export type Ask = (request: Request) => Promise<unknown>;

/** Code whose only contact with the world is `ask`: no clock, no random, so that its answers decide what it does. */
export type Program = (ask: Ask) => Promise<unknown>;

/** JSON of what was answered, or that the request failed and nobody knows what became of it. */
export type Answer = { readonly json: string } | 'unknown outcome';

/** A program after a history of answers: which requests it waits for, or how it ended. */
export interface ProcessNode {
  readonly number: number;
  readonly pending: readonly (Request | undefined)[];
  readonly ended: 'done' | 'failed' | undefined;
  readonly result: unknown;
  readonly program: Program;
  readonly history: readonly (readonly [index: number, answer: Answer])[];
  readonly next: Map<string, ProcessNode>;
  /** The suspended code itself, until the first successor takes it. */
  run: Run | undefined;
}

/**
 * The reachable local states of programs. A program is real asynchronous code; what it asks next is a function of the
 * answers so far, so each history is run once and remembered, and a process in the explored world is a number.
 */
export class Processes {
  readonly nodes: ProcessNode[] = [];
  readonly #roots = new Map<string, ProcessNode>();

  knownRoot(name: string): ProcessNode | undefined {
    return this.#roots.get(name);
  }

  async root(name: string, program: Program): Promise<ProcessNode> {
    const node = await this.#node(program, [], undefined);
    this.#roots.set(name, node);
    return node;
  }

  at(number: number): ProcessNode {
    const node = this.nodes[number];
    if (!node) throw new Error(`no process node ${number}`);
    return node;
  }

  known(node: ProcessNode, index: number, answer: Answer): ProcessNode | undefined {
    return node.next.get(edge(index, answer));
  }

  async answer(node: ProcessNode, index: number, answer: Answer): Promise<ProcessNode> {
    const known = this.known(node, index, answer);
    if (known) return known;
    const run = node.run ?? (await replay(node));
    node.run = undefined;
    run.answer(index, answer);
    const next = await this.#node(node.program, [...node.history, [index, answer]], run);
    node.next.set(edge(index, answer), next);
    return next;
  }

  async #node(program: Program, history: ProcessNode['history'], started: Run | undefined): Promise<ProcessNode> {
    const run = started ?? new Run(program);
    await turn();
    const { ended, result } = run;
    const node: ProcessNode = {
      number: this.nodes.length,
      pending: [...run.pending],
      ended,
      result,
      program,
      history,
      next: new Map(),
      run: ended ? undefined : run,
    };
    this.nodes.push(node);
    return node;
  }
}

/** One execution of a program. */
class Run {
  readonly pending: (Request | undefined)[] = [];
  ended: 'done' | 'failed' | undefined;
  result: unknown;
  readonly #settle: ((answer: Answer) => void)[] = [];

  constructor(program: Program) {
    const ask: Ask = (request) =>
      new Promise((resolve, reject) => {
        this.pending.push(request);
        this.#settle.push((answer) => {
          if (answer === 'unknown outcome') reject(new Error('the connection was reset'));
          else resolve(JSON.parse(answer.json));
        });
      });
    program(ask).then(
      (result) => {
        this.ended = 'done';
        this.result = result;
      },
      (error: unknown) => {
        this.ended = 'failed';
        this.result = error;
      },
    );
  }

  answer(index: number, answer: Answer): void {
    if (this.pending[index] === undefined) throw new Error(`request ${index} is not pending`);
    this.pending[index] = undefined;
    this.#settle[index]?.(answer);
  }
}

async function replay(node: ProcessNode): Promise<Run> {
  const run = new Run(node.program);
  await turn();
  for (const [index, answer] of node.history) {
    run.answer(index, answer);
    await turn();
  }
  return run;
}

function edge(index: number, answer: Answer): string {
  return answer === 'unknown outcome' ? `${index}!` : `${index}${answer.json}`;
}
