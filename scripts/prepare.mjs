// Builds after `npm ci`. `npx migrate` in this repository makes npm link the package into its cache and "prepare" it
// once more; it is built by then, and the command should not wait for the compiler.
import { spawnSync } from 'node:child_process';

if (process.env.npm_command !== 'exec') {
  process.exitCode =
    spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1;
}
