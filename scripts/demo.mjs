// `npm run demo`: the founding case from beginning to end, on an engine that is started for it. Every command of
// `migrate` is a process of its own, and what it prints is shown as it is. Exit code 0 only if every check holds.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startEngine } from './demo/engine.mjs';
import { playLive } from './demo/play-live.mjs';
import { playOffline } from './demo/play-offline.mjs';
import { createProject } from './demo/project.mjs';
import { createScreen } from './demo/screen.mjs';
import { Stopped, stopSignal } from './demo/stop.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

if (!existsSync(new URL('../dist/cli/main.js', import.meta.url))) {
  const built = spawnSync('npm', ['run', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (built.status !== 0) process.exit(1);
}

// The SDK that the demo itself uses warns of old versions of Node; `migrate` has its own word for that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const screen = createScreen();
const stop = stopSignal();
const startedAt = performance.now();
let project;
let engine;
try {
  engine = await startEngine({ screen, signal: stop.signal });
  project = await createProject({ root, engine, screen, signal: stop.signal });
  await (engine.hasStreams ? playLive : playOffline)({ project, engine, screen, signal: stop.signal });
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  screen.end(`Every check holds (${screen.checks()} of them, in ${seconds} s).`);
} catch (error) {
  process.exitCode = error instanceof Stopped || stop.signal.aborted ? stop.exitCode() : 1;
  if (process.exitCode === 1) screen.failed(error);
  else screen.say('stopped; cleaning up');
} finally {
  await project?.dispose();
  await engine?.dispose();
}
