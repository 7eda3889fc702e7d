import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { preference } from '../move/items.js';
import { until, viewMove } from '../move/live-move.js';
import { createPreferences, createPreferencesProject, expectSameItems, id, keys, source } from '../move/preferences.js';
import { startWriters, type Writers } from '../move/writers.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { finished, type Project } from '../support/project.js';
import { type DeployedFunctions, runDeployed } from './deployed-functions.js';
import { type FakeAws, startFakeAws } from './fake-aws.js';

/** Nobody runs a live sync here, and nobody types `sync deploy`: what follows the streams is what the verbs deploy. */
describe.runIf(await hasJava())("in an environment with `sync: 'deploy'`", () => {
  let server: DynamoDbLocal;
  let aws: FakeAws;
  let functions: DeployedFunctions;
  let project: Project;
  let writers: Writers | undefined;

  beforeEach(async () => {
    server = await startDynamoDbLocal();
    aws = await startFakeAws();
    functions = runDeployed({ aws, endpoint: server.endpoint });
    await createPreferences(server.client);
    const environment = "sync: 'deploy', lambda: { bucket: 'code' }, cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }";
    project = await createPreferencesProject(server.endpoint, 10, {
      environment,
      env: {
        AWS_ENDPOINT_URL_CLOUDFORMATION: aws.endpoint,
        AWS_ENDPOINT_URL_S3: aws.endpoint,
        AWS_ENDPOINT_URL_LAMBDA: aws.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
  }, 120_000);

  afterEach(async () => {
    await writers?.stop().catch(() => undefined);
    await functions.close();
    await project.dispose();
    await aws.close();
    await server.close();
    writers = undefined;
  });

  const stack = () => [...aws.stacks.values()][0];
  const phase = () => viewMove(server.client, id).phase();
  const write = () => {
    writers = startWriters({ client: server.client, tableName: source, keys, itemOf: preference, pauseMs: 20 });
    return writers;
  };

  test('`up` deploys what follows, `cutover` the way back, and `complete` removes both at the end', async () => {
    const { stop } = write();
    // One enabled mapping later it copies: rule 1.
    const states: (string | undefined)[] = [];
    aws.before = (call) => {
      if (call === 'GetEventSourceMapping') states.push(stack()?.status);
    };
    const first = await finished(project.start('up'));
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringMatching(/making the stack [\s\S]*follows the stream of/),
    ]);
    expect(states[0]).toBe('CREATE_COMPLETE');
    expect(await phase()).toBe('ready');
    const sync = functions.running.get('SyncFunction');
    const before = sync?.handled() ?? 0;
    await until(async () => (sync?.handled() ?? 0) > before + 100);
    await stop();
    await sync?.idle();
    await expectSameItems(server.client);

    expect(await project.json('cutover', id, '--accept-lossy')).toMatchObject({ ok: true });
    expect([...functions.running.keys()].sort()).toEqual(['ReverseSyncFunction', 'SyncFunction']);
    expect(stack()?.status).toBe('UPDATE_COMPLETE');

    // Whatever is asked of CloudFormation, the move has ended before.
    const phases: (string | undefined)[] = [];
    const looks: Promise<unknown>[] = [];
    aws.before = (call) => {
      if (call === 'DeleteStack')
        looks.push(project.json('status', id).then((found) => phases.push(found.migrations[0]?.state)));
    };
    expect(await project.json('complete', id)).toMatchObject({ ok: true, next: [] });
    await Promise.all(looks);
    expect(phases).toEqual(['applied']);
    expect(stack()?.status).toBe('DELETE_COMPLETE');
    expect([functions.running.size, aws.objects.size]).toEqual([0, 0]);
  }, 240_000);

  test('`up` that is killed while it deploys goes on with the same stack, and `down` removes it', async () => {
    for (const at of ['CreateChangeSet', 'ExecuteChangeSet', 'GetEventSourceMapping']) {
      const child = project.start('up');
      const ended = finished(child);
      aws.before = (call) => {
        if (call.startsWith(at)) child.kill('SIGKILL');
      };
      expect(await ended).toMatchObject({ code: null });
      expect(await phase()).toBe('sync');
    }
    aws.before = () => undefined;
    expect(await finished(project.start('up'))).toMatchObject({ code: 0 });
    expect(await phase()).toBe('ready');
    expect([aws.stacks.size, stack()?.status]).toEqual([1, 'CREATE_COMPLETE']);
    await expectSameItems(server.client);

    // The move ends, whatever becomes of the stack.
    aws.before = (call) => {
      if (call === 'DeleteStack') throw new Error('cut');
    };
    const down = await project.json('down');
    expect(down).toMatchObject({ ok: true, next: [{ command: `migrate sync remove ${id}` }, expect.anything()] });
    expect(down.warnings.join()).toContain('what was deployed for it is there still');
    aws.before = () => undefined;
    expect(await project.json('sync', 'remove', id)).toMatchObject({ ok: true });
    expect([stack()?.status, functions.running.size]).toEqual(['DELETE_COMPLETE', 0]);
  }, 240_000);
});
