import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BackfillEvent, BackfillResult } from '../../src/sync-lambda/create-backfill-handler.js';

export interface LambdaOptions {
  readonly id: string;
  /** Path of the migration file. */
  readonly migration: string;
  readonly source: string;
  readonly target: string;
  readonly endpoint: string;
  readonly leaseSeconds: number;
  /** The 15 minutes. */
  readonly limitMs: number;
  /** How many of its invocations are killed, 0 to 1, and until when at the latest. */
  readonly killed: number;
  readonly killedWithinMs: number;
}

/** A function as Lambda runs it: a process for each invocation at a time, kept for the next one; killed at its limit. */
export interface Lambda {
  invoke: (event: BackfillEvent) => Promise<BackfillResult>;
  readonly counts: { invoked: number; killed: number; timedOut: number };
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('sandbox-process.mjs', import.meta.url));

export function startLambda({ limitMs, killed, killedWithinMs, ...options }: LambdaOptions): Lambda {
  const idle: ChildProcess[] = [];
  const busy = new Set<ChildProcess>();
  const counts = { invoked: 0, killed: 0, timedOut: 0 };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const argument = JSON.stringify({ ...options, limitMs, region: 'us-east-1', credentials });

  async function sandbox(): Promise<ChildProcess> {
    const kept = idle.pop();
    if (kept) return kept;
    const child = fork(program, [argument], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error('exit')))]);
    return child;
  }

  return {
    counts,
    async invoke(event) {
      const child = await sandbox();
      busy.add(child);
      counts.invoked += 1;
      const isKilled = Math.random() < killed;
      const limit = setTimeout(
        () => {
          counts[isKilled ? 'killed' : 'timedOut'] += 1;
          child.kill('SIGKILL');
        },
        isKilled ? killedWithinMs * Math.random() : limitMs,
      );
      try {
        const answer = await new Promise<{ result?: BackfillResult; error?: string }>((resolve, reject) => {
          child.once('message', resolve);
          child.once('exit', () => reject(new Error('the sandbox was killed')));
          child.send(event, (error) => error && reject(error));
        });
        if (!answer.result) throw new Error(answer.error);
        child.removeAllListeners();
        // One that was killed while its answer was on the way is of no further use.
        if (!child.killed) idle.push(child);
        return answer.result;
      } finally {
        clearTimeout(limit);
        busy.delete(child);
      }
    },
    async close() {
      for (const child of [...idle, ...busy]) child.kill('SIGKILL');
    },
  };
}
