// One Lambda sandbox: a process in which lambda-local runs a bundle, an invocation after the other, until it is killed.
import { execute, setLogger } from 'lambda-local';

const quiet = () => undefined;
setLogger({ log: quiet, error: quiet, warn: quiet, info: quiet, debug: quiet, transports: [{}] });
const options = JSON.parse(process.argv[2]);

process.on('message', async (event) => {
  try {
    process.send({ answer: await execute({ ...options, event, esm: true, verboseLevel: 0 }) });
  } catch (error) {
    process.send({ error: String(error?.errorMessage ?? error) });
  }
});
process.send('ready');
