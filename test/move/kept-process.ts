import type { ChildProcess } from 'node:child_process';
import { type CliResult, finished, type Project } from '../support/project.js';

/** A command that is started again whenever it was killed, until it ends by itself. */
export interface KeptProcess {
  readonly pid: () => number | undefined;
  readonly isRunning: () => boolean;
  /** Ends the process that runs now with SIGKILL. */
  kill(): void;
  /** Sends SIGTERM, and does not start it again. */
  stop(): void;
  /** How it ended by itself. Rejects when it ended in a way that it may not. */
  readonly ended: Promise<CliResult>;
}

/**
 * Keeps a command running.
 *
 * @param mayFailWith codes of errors after which it is started again: with so short a lease a busy machine can miss a
 * heartbeat.
 */
export function keepRunning(project: Project, args: readonly string[], mayFailWith: readonly string[]): KeptProcess {
  let child: ChildProcess | undefined;
  let running = true;
  let stopped = false;

  async function run(): Promise<CliResult> {
    for (;;) {
      child = project.start(...args);
      const result = await finished(child);
      const wasKilled = child.signalCode === 'SIGKILL';
      if (stopped || result.code === 0) return result;
      if (wasKilled || mayFailWith.some((code) => result.stderr.includes(code))) continue;
      throw new Error(`migrate ${args.join(' ')} ended with ${result.code}:\n${result.stderr}`);
    }
  }

  const ended = run().finally(() => {
    running = false;
  });
  // Told by whoever awaits it.
  ended.catch(() => undefined);
  return {
    pid: () => child?.pid,
    isRunning: () => running,
    kill: () => void child?.kill('SIGKILL'),
    stop() {
      stopped = true;
      child?.kill('SIGTERM');
    },
    ended,
  };
}
