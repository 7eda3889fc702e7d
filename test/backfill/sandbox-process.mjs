// One Lambda sandbox: a process that handles an invocation after the other, until it is killed.
import { pathToFileURL } from 'node:url';
import { createBackfillHandler } from '../../dist/index.js';

const { migration: path, limitMs, ...options } = JSON.parse(process.argv[2]);
const { default: migration } = await import(pathToFileURL(path));
const handler = createBackfillHandler({ ...options, migration });

process.on('message', async (event) => {
  const startedAt = performance.now();
  const getRemainingTimeInMillis = () => limitMs - (performance.now() - startedAt);
  try {
    process.send({
      result: await handler(event, { awsRequestId: `sandbox-${process.pid}`, getRemainingTimeInMillis }),
    });
  } catch (error) {
    process.send({ error: `${error.code ?? error.name}: ${error.message}` });
  }
});
process.send('ready');
