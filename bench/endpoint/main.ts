import { startEndpoint } from './endpoint.js';

// A process of its own, so that its CPU is not counted: `node main.js [port] [settings as JSON]` prints its URL.
const [port = '0', settings = '{}'] = process.argv.slice(2);
const endpoint = await startEndpoint({ port: Number(port), ...JSON.parse(settings) });
process.stdout.write(`${endpoint.url}\n`);
// It ends with whoever started it.
process.on('disconnect', () => process.exit());
