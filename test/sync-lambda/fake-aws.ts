import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';

interface FakeResource {
  readonly id: string;
  readonly type: string;
}

export interface FakeStack {
  readonly id: string;
  status: string;
  /** When it was changed last. */
  updated?: string;
  template: string;
  parameters: Record<string, string>;
  readonly events: { id: string; type: string; status: string; reason: string; token: string }[];
  /** What it turns into when it is looked at next. */
  next: string[];
}

interface ChangeSet {
  readonly stack: string;
  readonly name: string;
  readonly type: string;
  readonly template: string;
  readonly parameters: Record<string, string>;
  status: string;
  reason: string;
  readonly changes: (FakeResource & { readonly action: string })[];
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly length?: number;
}

/** CloudFormation, S3 and Lambda, as far as a deployment asks them; state moves on whenever somebody looks. */
export interface FakeAws {
  readonly endpoint: string;
  readonly stacks: Map<string, FakeStack>;
  readonly objects: Map<string, Buffer>;
  /** Every call, in order: `CreateChangeSet`, `PUT /bucket/key`. */
  readonly calls: string[];
  /** The resource that fails, and why. */
  failing: { readonly id: string; readonly reason: string } | undefined;
  /** Whether a stack is shown as it was once more after it was asked to change. */
  isSlow: boolean;
  /** How often a mapping is looked at until it is enabled. */
  mappingLooks: number;
  /** What mappings read. */
  streamArn: string;
  /** Called before each call; throws to drop the connection. */
  before: (call: string) => void;
  /** Called when a stack was made, changed or deleted, before anybody is told. */
  onChange: (stack: FakeStack) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const changeSets = new Map<string, ChangeSet>();
  let count = 0;
  const server = createServer(async (request, response) => {
    try {
      const body = await bodyOf(request);
      const { status, text, type, length } = await answer(request, body);
      const headers = {
        'content-type': type,
        'x-amzn-requestid': 'r',
        ...(length !== undefined && { 'content-length': length }),
      };
      response.writeHead(status, headers).end(text);
    } catch (error) {
      response.destroy(error as Error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeAws = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stacks: new Map(),
    objects: new Map(),
    calls: [],
    failing: undefined,
    isSlow: false,
    mappingLooks: 2,
    streamArn: '',
    before: () => undefined,
    onChange: async () => undefined,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return fake;

  async function answer({ method = '', url = '' }: IncomingMessage, body: Buffer): Promise<Answer> {
    const path = decodeURIComponent(url.split('?')[0] ?? '');
    if (path.startsWith('/2015-03-31/event-source-mappings/')) return mapping(path);
    if (path !== '/') return object(method, path, body);
    const query = Object.fromEntries(new URLSearchParams(body.toString()));
    const action = query.Action ?? '';
    note(action);
    return cloudFormation(action, query);
  }

  function note(call: string): void {
    fake.before(call);
    fake.calls.push(call);
  }

  function mapping(path: string) {
    note('GetEventSourceMapping');
    fake.mappingLooks -= 1;
    const isReverse = path.endsWith('ReverseSyncMapping');
    const [stack] = fake.stacks.values();
    const deployed = stack?.parameters[isReverse ? 'TargetStreamArn' : 'SourceStreamArn'];
    const State = fake.mappingLooks > 0 ? 'Creating' : 'Enabled';
    return {
      status: 200,
      type: 'application/json',
      text: JSON.stringify({ UUID: path.split('/').at(-1), State, EventSourceArn: fake.streamArn || deployed }),
    };
  }

  function object(method: string, path: string, body: Buffer) {
    note(`${method} ${path}`);
    const xml = { type: 'application/xml', text: '' };
    if (method === 'PUT') fake.objects.set(path, body);
    if (method === 'DELETE') fake.objects.delete(path);
    const found = fake.objects.get(path);
    if (method === 'HEAD') return { status: found ? 200 : 404, ...xml, length: found?.length ?? 0 };
    return { status: method === 'DELETE' ? 204 : 200, ...xml };
  }

  async function cloudFormation(action: string, query: Record<string, string>): Promise<Answer> {
    const name = query.StackName ?? '';
    const stack = find(name);
    const key = `${stack?.id ?? name}/${query.ChangeSetName}`;
    switch (action) {
      case 'DescribeStacks': {
        if (!stack) return failed('ValidationError', `Stack with id ${name} does not exist`);
        const [now, ...later] = stack.next;
        if (now !== undefined) {
          if (now === 'UPDATE_IN_PROGRESS') stack.updated = new Date(Date.now()).toISOString();
          stack.status = now;
          stack.next = later;
          if (later.length === 0) await fake.onChange(stack);
        }
        if (stack.status === 'DELETE_COMPLETE' && !name.startsWith('arn:')) {
          return failed('ValidationError', `Stack with id ${name} does not exist`);
        }
        return answered(action, `<Stacks><member>${stackXml(stack)}</member></Stacks>`);
      }
      case 'CreateChangeSet': {
        const isNew = query.ChangeSetType === 'CREATE';
        if (!isNew && !stack) return failed('ValidationError', `Stack ${name} does not exist`);
        const made = stack ?? newStack(name);
        const id = `${made.id}/${query.ChangeSetName}`;
        if (changeSets.has(id)) return failed('AlreadyExistsException', 'the change set exists');
        changeSets.set(id, changeSet(made, query, isNew));
        return answered(action, `<Id>${id}</Id><StackId>${made.id}</StackId>`);
      }
      case 'DescribeChangeSet': {
        const set = changeSets.get(key);
        if (!set) return failed('ChangeSetNotFound', 'no such change set');
        const status = set.status;
        if (status === 'CREATE_PENDING') set.status = set.changes.length > 0 ? 'CREATE_COMPLETE' : 'FAILED';
        return answered(action, changeSetXml(set, status));
      }
      case 'DeleteChangeSet':
        if (!changeSets.delete(key)) return failed('ChangeSetNotFound', 'no such change set');
        return answered(action, '');
      case 'ExecuteChangeSet': {
        const set = changeSets.get(key);
        if (!set || !stack) return failed('ChangeSetNotFound', 'no such change set');
        execute(stack, set, query.ClientRequestToken ?? '');
        return answered(action, '');
      }
      case 'DeleteStack':
        if (stack) {
          const { failing } = fake;
          const token = query.ClientRequestToken ?? '';
          if (failing) stack.events.push({ ...failing, type: 'AWS::IAM::Role', status: 'DELETE_FAILED', token });
          stack.next = ['DELETE_IN_PROGRESS', 'DELETE_IN_PROGRESS', failing ? 'DELETE_FAILED' : 'DELETE_COMPLETE'];
        }
        return answered(action, '');
      case 'DescribeStackEvents':
        return answered(
          action,
          `<StackEvents>${(stack?.events ?? [])
            .toReversed()
            .map(
              (event) =>
                `<member><LogicalResourceId>${event.id}</LogicalResourceId><ResourceType>${event.type}</ResourceType>` +
                `<ResourceStatus>${event.status}</ResourceStatus><ResourceStatusReason>${event.reason}</ResourceStatusReason>` +
                `<ClientRequestToken>${event.token}</ClientRequestToken></member>`,
            )
            .join('')}</StackEvents>`,
        );
      default:
        return failed('InvalidAction', action);
    }
  }

  function find(name: string): FakeStack | undefined {
    const stack = name.startsWith('arn:')
      ? [...fake.stacks.values()].find(({ id }) => id === name)
      : fake.stacks.get(name);
    return !name.startsWith('arn:') && stack?.status === 'DELETE_COMPLETE' ? undefined : stack;
  }

  function newStack(name: string): FakeStack {
    count += 1;
    const id = `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/${count}`;
    const stack = { id, status: 'REVIEW_IN_PROGRESS', template: '', parameters: {}, events: [], next: [] };
    fake.stacks.set(name, stack);
    return stack;
  }

  function changeSet(stack: FakeStack, query: Record<string, string>, isNew: boolean): ChangeSet {
    const template = query.TemplateBody ?? '';
    const parameters = parametersOf(query, template, stack);
    const unchanged =
      !isNew && template === stack.template && JSON.stringify(parameters) === JSON.stringify(stack.parameters);
    const action = isNew ? 'Add' : 'Modify';
    return {
      stack: stack.id,
      name: query.ChangeSetName ?? '',
      type: query.ChangeSetType ?? '',
      template,
      parameters,
      status: 'CREATE_PENDING',
      reason: unchanged ? "The submitted information didn't contain changes. Submit different information." : '',
      changes: unchanged ? [] : resourcesOf(template, parameters).map((resource) => ({ ...resource, action })),
    };
  }

  function execute(stack: FakeStack, { type, changes, template, parameters }: ChangeSet, token: string): void {
    const word = type === 'CREATE' ? 'CREATE' : 'UPDATE';
    const { failing } = fake;
    if (failing) {
      stack.events.push(
        { ...failing, type: changes.find(({ id }) => id === failing.id)?.type ?? '', status: `${word}_FAILED`, token },
        { id: 'Another', type: 'X', status: `${word}_FAILED`, reason: 'Resource creation cancelled', token },
      );
      const rolledBack = word === 'CREATE' ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
      stack.next = [`${word}_IN_PROGRESS`, `${rolledBack}_IN_PROGRESS`, `${rolledBack}_COMPLETE`];
      return;
    }
    stack.template = template;
    stack.parameters = parameters;
    stack.next = [
      ...(fake.isSlow ? [stack.status] : []),
      `${word}_IN_PROGRESS`,
      `${word}_IN_PROGRESS`,
      `${word}_COMPLETE`,
    ];
  }
}

/** Of what is given, what is kept, and what is the default. */
function parametersOf(query: Record<string, string>, template: string, stack: FakeStack): Record<string, string> {
  const declared = parse(template).Parameters as Record<string, { Default?: unknown }>;
  const given: Record<string, string> = {};
  for (let index = 1; query[`Parameters.member.${index}.ParameterKey`] !== undefined; index++) {
    const key = query[`Parameters.member.${index}.ParameterKey`] ?? '';
    const isKept = query[`Parameters.member.${index}.UsePreviousValue`] === 'true';
    given[key] = (isKept ? stack.parameters[key] : query[`Parameters.member.${index}.ParameterValue`]) ?? '';
  }
  const unknown = Object.keys(given).filter((key) => !(key in declared));
  if (unknown.length > 0) throw new Error(`unknown parameters ${unknown}`);
  return Object.fromEntries(Object.entries(declared).map(([key, { Default }]) => [key, given[key] ?? String(Default)]));
}

function resourcesOf(template: string, parameters: Record<string, string>): FakeResource[] {
  const resources = parse(template).Resources as Record<string, { Type: string; Condition?: string }>;
  const isThere = ({ Condition }: { Condition?: string }) =>
    Condition === undefined ||
    (Condition === 'HasSourceStream' ? parameters.SourceStreamArn !== '' : parameters.TargetStreamArn !== '');
  return Object.entries(resources)
    .filter(([, resource]) => isThere(resource))
    .map(([id, { Type }]) => ({ id, type: Type }));
}

function stackXml({ id, status, updated, template, parameters }: FakeStack): string {
  const isThere = new Set(template === '' ? [] : resourcesOf(template, parameters).map((resource) => resource.id));
  const outputs = ['SyncMapping', 'ReverseSyncMapping']
    .filter((resource) => isThere.has(resource))
    .map(
      (resource) => `<member><OutputKey>${resource}Id</OutputKey><OutputValue>uuid-${resource}</OutputValue></member>`,
    );
  const values = Object.entries(parameters).map(
    ([key, value]) => `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`,
  );
  return (
    `<StackId>${id}</StackId><StackName>x</StackName><StackStatus>${status}</StackStatus>` +
    `<CreationTime>2026-11-28T00:00:00Z</CreationTime>${updated === undefined ? '' : `<LastUpdatedTime>${updated}</LastUpdatedTime>`}<Outputs>${outputs.join('')}</Outputs>` +
    `<Parameters>${values.join('')}</Parameters>`
  );
}

function changeSetXml({ name, reason, changes }: ChangeSet, status: string): string {
  const list = changes.map(
    ({ id, type, action }) =>
      `<member><Type>Resource</Type><ResourceChange><Action>${action}</Action><LogicalResourceId>${id}</LogicalResourceId>` +
      `<ResourceType>${type}</ResourceType></ResourceChange></member>`,
  );
  return `<ChangeSetName>${name}</ChangeSetName><Status>${status}</Status><StatusReason>${reason}</StatusReason><Changes>${list.join('')}</Changes>`;
}

function answered(action: string, result: string) {
  const text = `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`;
  return { status: 200, type: 'text/xml', text };
}

function failed(code: string, message: string) {
  const text = `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
  return { status: 400, type: 'text/xml', text };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
