import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface FunctionOptions {
  /** The files of the zip, by name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** The exported name. Default: `handler`. */
  readonly handler?: string;
  /** The whole environment of the function. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A function as Lambda runs it: processes of its own, kept for the next invocation, which can be killed. */
export interface FunctionProcess {
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Kills the process of an invocation under way; answers whether there was one. */
  readonly kill: () => boolean;
  readonly close: () => Promise<void>;
}

const program = fileURLToPath(new URL('function-process.mjs', import.meta.url));
const packages = fileURLToPath(new URL('../../node_modules/@aws-sdk', import.meta.url));

/** Unpacks a function into an empty folder, beside the AWS SDK and nothing else, and runs it under lambda-local. */
export async function startFunction({
  files,
  handler = 'handler',
  variables,
}: FunctionOptions): Promise<FunctionProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamigrate-function-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(packages, join(folder, 'node_modules/@aws-sdk'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const options = { lambdaPath: join(folder, 'index.mjs'), lambdaHandler: handler, timeoutMs: 60_000 };
  const idle: ChildProcess[] = [];
  const busy = new Set<ChildProcess>();

  async function sandbox(): Promise<ChildProcess> {
    const kept = idle.pop();
    if (kept) return kept;
    const child = fork(program, [JSON.stringify(options)], {
      cwd: folder,
      // lambda-local looks for a profile there.
      env: { PATH: process.env.PATH, HOME: folder, ...variables },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error('no start')))]);
    return child;
  }

  return {
    async invoke(event) {
      const child = await sandbox();
      busy.add(child);
      try {
        const { answer, error } = await new Promise<{ answer?: unknown; error?: string }>((resolve, reject) => {
          child.once('message', resolve);
          child.once('exit', () => reject(new Error('the function was killed')));
          child.send(event as object);
        });
        child.removeAllListeners();
        idle.push(child);
        if (error !== undefined) throw new Error(error);
        return answer;
      } finally {
        busy.delete(child);
      }
    },
    kill() {
      const [child] = busy;
      child?.kill('SIGKILL');
      return child !== undefined;
    },
    async close() {
      for (const child of [...idle, ...busy]) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
