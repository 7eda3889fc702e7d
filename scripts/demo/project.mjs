import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Stopped } from './stop.mjs';

/** A project in the engine's folder: the migrations of this repository, and a config of its own. */
export async function createProject({ root, engine, screen, signal }) {
  const cwd = engine.folder;
  const config = `// The times of the cutover are short, for the application of the demo is quick.
export default {
  migrations: ${JSON.stringify(join(root, 'migrations'))},
  environments: {
    local: {
      ${engine.environment},
      leaseSeconds: 20,
      cutover: { cacheSeconds: 1, writeSeconds: 3 },
    },
  },
};
`;
  await writeFile(join(cwd, 'migrate.config.mjs'), config);
  const running = new Set();

  function start(args, stdio) {
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
      cwd,
      stdio,
      env: environment(),
      // Out of the reach of the terminal's Ctrl-C: it comes from here, and once.
      detached: process.platform !== 'win32',
    });
    running.add(child);
    child.ended = once(child, 'close').then(([code]) => {
      running.delete(child);
      return code;
    });
    return child;
  }

  const stopAll = () => Promise.all([...running].map(stop));
  signal.addEventListener('abort', () => void stopAll());

  let background = [];
  let isForeground = false;

  return {
    config,
    /** Runs `migrate …` and shows what it prints. Ends the demo unless the exit code is `expected`. */
    async migrate(line, { expected = 0 } = {}) {
      if (signal.aborted) throw new Stopped();
      screen.command(`migrate ${line}`);
      isForeground = true;
      const code = await start(line.split(' '), ['inherit', 'inherit', 'inherit']).ended;
      isForeground = false;
      if (signal.aborted) throw new Stopped();
      for (const print of background) print();
      background = [];
      if (code !== expected) throw new Error(`\`migrate ${line}\` ended with ${code}, not ${expected}`);
    },
    /** Starts `migrate …` beside the others; its lines are shown between theirs. */
    beside(who, line) {
      screen.command(`migrate ${line} &`);
      const child = start(line.split(' '), ['ignore', 'pipe', 'pipe']);
      const said = [];
      const show = (text) => {
        said.push(text);
        const print = () => screen.beside(who, [text]);
        if (isForeground) background.push(print);
        else print();
      };
      for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', show);
      return { ended: child.ended, hasSaid: (pattern) => said.some((text) => pattern.test(text)) };
    },
    dispose: stopAll,
  };
}

/** The variables of the shell, but not those that change what `migrate` does or prints. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MIGRATE_')));
}

async function stop(child) {
  child.kill('SIGINT');
  const killing = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const code = await child.ended;
  clearTimeout(killing);
  return code;
}
