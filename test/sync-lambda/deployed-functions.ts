import { setTimeout as delay } from 'node:timers/promises';
import { unzipSync } from 'fflate';
import { parse } from 'yaml';
import { type Mapping, startMapping } from './event-source-mapping.js';
import type { FakeAws, FakeStack } from './fake-aws.js';
import { type FunctionProcess, startFunction } from './function-process.js';

export interface DeployedFunctionsOptions {
  readonly aws: FakeAws;
  /** Of DynamoDB and its streams. */
  readonly endpoint: string;
}

/** What a fake CloudFormation has deployed, at work: functions of the uploaded zip, fed by the streams of the stack. */
export interface DeployedFunctions {
  /** By the name of the function in the template, those that are fed. */
  readonly running: ReadonlyMap<string, Mapping>;
  readonly close: () => Promise<void>;
}

interface Deployed {
  readonly mapping: Mapping;
  readonly stop: () => Promise<void>;
}

const mappings = { SyncFunction: 'SourceStreamArn', ReverseSyncFunction: 'TargetStreamArn' } as const;
/** A minute. */
const tickMs = 1_000;

export function runDeployed({ aws, endpoint }: DeployedFunctionsOptions): DeployedFunctions {
  const deployed = new Map<string, Deployed>();
  const running = new Map<string, Mapping>();

  async function start(name: string, streamArn: string, stack: FakeStack): Promise<void> {
    const { ArtifactBucket, ArtifactKey } = stack.parameters;
    const zip = aws.objects.get(`/${ArtifactBucket}/${ArtifactKey}`);
    if (!zip) throw new Error(`no zip at ${ArtifactBucket}/${ArtifactKey}`);
    const sync: FunctionProcess = await startFunction({
      files: unzipSync(new Uint8Array(zip)),
      variables: {
        ...variablesOf(name, stack),
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        AWS_ENDPOINT_URL_LAMBDA: aws.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    const mapping = startMapping(endpoint, streamArn, sync.invoke);
    const ended = new AbortController();
    const event = { dynamigrate: 'tick', mapping: `uuid-${name.replace('Function', 'Mapping')}` };
    const ticking = (async () => {
      while (!ended.signal.aborted) {
        await sync.invoke(event).catch(() => undefined);
        await delay(tickMs, undefined, { signal: ended.signal }).catch(() => undefined);
      }
    })();
    running.set(name, mapping);
    deployed.set(name, {
      mapping,
      async stop() {
        ended.abort();
        await Promise.all([ticking, mapping.stop()]);
        await sync.close();
      },
    });
  }

  async function stop(): Promise<void> {
    for (const [name, { stop: end }] of deployed) {
      deployed.delete(name);
      running.delete(name);
      await end();
    }
  }

  aws.onChange = async (stack) => {
    if (stack.status.startsWith('DELETE')) return stop();
    if (!/^(?:CREATE|UPDATE)_COMPLETE$/.test(stack.status)) return;
    for (const [name, parameter] of Object.entries(mappings)) {
      const streamArn = stack.parameters[parameter] ?? '';
      if (streamArn !== '' && !deployed.has(name)) await start(name, streamArn, stack);
    }
  };
  return { running, close: stop };
}

/** The environment that the template gives a function. */
function variablesOf(name: string, { template, parameters }: FakeStack): Record<string, string> {
  const { Variables } = parse(template).Resources[name].Properties.Environment as {
    Variables: Record<string, string | { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] }>;
  };
  return Object.fromEntries(
    Object.entries(Variables).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : (parameters[value.Ref ?? ''] ?? (value['Fn::GetAtt'] ?? []).join('.')),
    ]),
  );
}
