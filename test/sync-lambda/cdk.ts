import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = ['aws-cdk-lib@2.276.0', 'constructs@10.5.0'];
const folder = join(homedir(), '.cache/dynamigrate-test/cdk');

/**
 * A folder with the CDK, fetched once: at 300 MB it is too much for a dependency of everybody who works on this.
 *
 * @throws in CI where it cannot be fetched; elsewhere the answer is undefined then.
 */
export async function cdkFolder(): Promise<string | undefined> {
  try {
    await access(join(folder, 'node_modules/aws-cdk-lib/package.json')).catch(async () => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'package.json'), '{}');
      await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], { cwd: folder });
    });
    return folder;
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn('aws-cdk-lib cannot be fetched: the template is not loaded by it');
    return undefined;
  }
}

/** Loads a template with CfnInclude, and answers what the CDK makes of it. */
export async function includeTemplate(cdk: string, template: string): Promise<string> {
  const script = `
    const { App, Stack } = require('aws-cdk-lib');
    const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
    const app = new App();
    const stack = new Stack(app, 'Test');
    new CfnInclude(stack, 'Sync', { templateFile: process.argv[1] });
    process.stdout.write(JSON.stringify(app.synth().getStackByName('Test').template));
  `;
  const { stdout } = await run(process.execPath, ['-e', script, template], { cwd: cdk, maxBuffer: 10_000_000 });
  return stdout;
}
