#!/usr/bin/env node
import { keepCompiled } from './keep-compiled.js';

// Set before the SDK loads: its warning about coming Node versions is not for users of a command line to act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader that went away (`migrate status | head`) must not end a migration.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Whatever ends the process before we do, `process.exit()` in a migration say, it did not succeed.
let finished = false;
process.exitCode = 1;
process.on('exit', (code) => {
  // A second signal ends it by intention, and says nothing.
  if (finished || code > 128) return;
  process.exitCode = process.exitCode || 1;
  process.stderr.write('INTERNAL: the process was ended before the command was, by a migration or what it imports\n');
});

keepCompiled(process.cwd());
const { runCli } = await import('./run-cli.js');
const exitCode = await runCli(process.argv.slice(2), process);
// A client that a migration made for itself may hold the process open; everything of ours is closed and saved.
process.stdout.write('', () => {
  finished = true;
  process.exit(exitCode);
});
