#!/usr/bin/env node
// Set before the SDK loads: its warning about coming Node versions is not for users of a command line to act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { runCli } = await import('./run-cli.js');
const exitCode = await runCli(process.argv.slice(2), process);
// A client that a migration made for itself may hold the process open; everything of ours is closed and saved.
process.stdout.write('', () => process.exit(exitCode));
