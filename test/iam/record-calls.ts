import { type EngineProxy, type ProxiedAnswer, type ProxiedRequest, startProxy } from '../dynamodb/proxy.js';

/** Which table a request is about, by name. */
const places: Readonly<Record<string, string>> = { OLD: 'source', NEW: 'target', dynamigrate: 'meta' };

/** An endpoint of one process, which writes down what that process calls, under the phase it is in. */
export interface CallRecorder {
  readonly endpoint: string;
  /** What the process does from now on. */
  phase: string;
  /** What was called in phases, as `target BatchWriteItem`. */
  readonly calls: (...phases: readonly string[]) => ReadonlySet<string>;
  /** Holds back every request while it is not resolved. */
  held: Promise<unknown>;
  /** Told of each call; what it makes `held` holds back this very request. */
  onCall: (call: string, input: Readonly<Record<string, unknown>>) => void;
  readonly close: () => Promise<void>;
}

export async function recordCalls(
  target: string,
  answer: (request: ProxiedRequest) => ProxiedAnswer | undefined = () => undefined,
): Promise<CallRecorder> {
  const byPhase = new Map<string, Set<string>>();
  const proxy: EngineProxy = await startProxy(target);
  const recorder: CallRecorder = {
    endpoint: proxy.endpoint,
    phase: 'before',
    calls: (...phases) => new Set(phases.flatMap((phase) => [...(byPhase.get(phase) ?? [])])),
    held: Promise.resolve(),
    onCall: () => undefined,
    close: proxy.close,
  };
  proxy.intercept = async (request) => {
    const { phase } = recorder;
    const calls = byPhase.get(phase) ?? new Set();
    byPhase.set(phase, calls);
    for (const call of callsOf(request)) {
      calls.add(call);
      recorder.onCall(call, request.input);
    }
    await recorder.held;
    return answer(request);
  };
  return recorder;
}

function callsOf({ operation, input }: ProxiedRequest): string[] {
  const isStream = ['DescribeStream', 'GetShardIterator', 'GetRecords'].includes(operation);
  // A batch may be about several tables, and each of them has to allow it.
  const names =
    operation.startsWith('Batch') && input.RequestItems
      ? Object.keys(input.RequestItems)
      : [nameIn(JSON.stringify(input))];
  const action = operation === 'BatchExecuteStatement' ? 'PartiQLUpdate' : operation;
  return names.map((name) => `${places[name] ?? name}${isStream ? ' stream' : ''} ${action}`);
}

/** A table's own name, or the one in an ARN of it or its stream; in a shard's iterator it is there too. */
function nameIn(text: string): string {
  return /\b(OLD|NEW|dynamigrate)\b/.exec(text)?.[1] ?? 'unknown';
}
