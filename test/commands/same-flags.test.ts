import { expect, test } from 'vitest';
import { plan } from '../../src/commands/plan.js';
import { down, up } from '../../src/index.js';
import { startDynalite } from '../support/dynalite.js';
import { createProject } from '../support/project.js';
import { stepsFiles } from '../support/steps-files.js';

test('what is to be typed after a look is what was looked at', async () => {
  const server = await startDynalite();
  const project = await createProject({
    endpoint: server.endpoint,
    files: stepsFiles('001-a', '002-b'),
  });
  const options = { cwd: project.directory, processEnv: {} };
  try {
    const command = async (report: ReturnType<typeof up>) => (await report).next[0]?.command;
    expect(await command(up({ ...options, dryRun: true }))).toBe('migrate up');
    expect(await command(up({ ...options, dryRun: true, to: '1', write: '20%', maxItemErrors: 2 }))).toBe(
      'migrate up --to 1 --max-item-errors 2 --write 20%',
    );
    expect(await command(plan({ ...options, step: 1 }))).toBe('migrate up --step 1');
    await up(options);
    expect(await command(down({ ...options, dryRun: true, to: '0' }))).toBe('migrate down --to 0');
  } finally {
    await project.dispose();
    await server.close();
  }
});
