import { Agent, request } from 'node:http';
import { type Contender, inSegments, measured, pieces, sourceTable, targetTable } from './contender.js';

// The least that the same requests cost: node:http and JSON, unsigned, without a retry, a checkpoint or a check.

type Value = Readonly<Record<string, unknown>>;
type Item = Record<string, Value>;

interface Answer {
  readonly Items?: readonly Item[];
  readonly Count?: number;
  readonly LastEvaluatedKey?: Item;
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
}

const agent = new Agent({ keepAlive: true });

function post(endpoint: string, operation: string, input: object): Promise<Answer> {
  const body = JSON.stringify(input);
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(endpoint, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(text));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

interface ScanOptions {
  readonly table?: string;
  readonly limit?: number;
  readonly more?: object;
}

/** The pages of a segment; the next one is under way while this one is worked on. */
async function* scan(
  endpoint: string,
  segment: { readonly Segment: number; readonly TotalSegments: number },
  { table = sourceTable, limit, more }: ScanOptions = {},
): AsyncGenerator<Answer> {
  const page = (ExclusiveStartKey?: Item) =>
    post(endpoint, 'Scan', {
      TableName: table,
      ...segment,
      Limit: limit,
      ExclusiveStartKey,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
      ...more,
    });
  let next: Promise<Answer> | undefined = page();
  while (next) {
    const current: Answer = await next;
    next = current.LastEvaluatedKey && page(current.LastEvaluatedKey);
    yield current;
  }
}

function transformed(item: Item): Item {
  const { prefVal = {}, ...rest } = item;
  return { ...rest, preferenceValue: prefVal, channel: { S: 'EMAIL' } };
}

const keyOf = ({ id }: Item) => ({ id: id ?? {} });

async function readAll(endpoint: string, table: string, keys: readonly Item[]): Promise<readonly Item[]> {
  const answers = await Promise.all(
    pieces(keys, 100).map((Keys) =>
      post(endpoint, 'BatchGetItem', {
        RequestItems: { [table]: { Keys, ConsistentRead: true } },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ),
  );
  return answers.flatMap(({ Responses }) => Responses?.[table] ?? []);
}

export const contender: Contender = {
  tasks: {
    copy: measured((job) =>
      inSegments(job, async (Segment) => {
        const { endpoint } = job;
        for await (const { Items = [] } of scan(endpoint, { Segment, TotalSegments: job.segments }, { limit: 1000 })) {
          await Promise.all(
            pieces(Items, 25).map((some) =>
              post(endpoint, 'BatchWriteItem', {
                RequestItems: { [targetTable]: some.map((item) => ({ PutRequest: { Item: transformed(item) } })) },
                ReturnConsumedCapacity: 'TOTAL',
              }),
            ),
          );
          const again = await readAll(endpoint, sourceTable, Items.map(keyOf));
          if (again.length !== Items.length) throw new Error('an item is gone');
        }
      }),
    ),
    rewrite: measured(async (job) => {
      const { endpoint } = job;
      await inSegments(job, async (Segment) => {
        for await (const { Items = [] } of scan(endpoint, { Segment, TotalSegments: job.segments }, { limit: 1000 })) {
          await Promise.all(
            pieces(Items, 25).map((some) =>
              post(endpoint, 'BatchExecuteStatement', {
                Statements: some.map(({ id = {}, prefVal = {} }) => ({
                  Statement: `UPDATE "${sourceTable}" SET "preferenceValue"=? SET "channel"=? REMOVE "prefVal" WHERE "id"=? AND "prefVal"=? AND attribute_not_exists("preferenceValue") AND attribute_not_exists("channel")`,
                  Parameters: [prefVal, { S: 'EMAIL' }, id, prefVal],
                })),
                ReturnConsumedCapacity: 'TOTAL',
              }),
            ),
          );
        }
      });
      // And once more, to see that all of them are in the new form.
      await inSegments(job, async (Segment) => {
        for await (const { Items = [] } of scan(endpoint, { Segment, TotalSegments: job.segments }, { limit: 1000 })) {
          if (Items.some((item) => 'prefVal' in item)) throw new Error('an item is in the old form');
        }
      });
    }),
    verify: measured(async (job) => {
      const { endpoint } = job;
      for (const [table, other] of [
        [sourceTable, targetTable],
        [targetTable, sourceTable],
      ] as const) {
        await inSegments(job, async (Segment) => {
          const pages = scan(endpoint, { Segment, TotalSegments: job.segments }, { table, limit: 1000 });
          for await (const { Items = [] } of pages) {
            const there = new Map((await readAll(endpoint, other, Items.map(keyOf))).map((item) => [item.id?.S, item]));
            for (const item of Items) {
              const one = there.get(item.id?.S);
              const [from, to] = table === sourceTable ? [item, one] : [one, item];
              if (!from || !to || Object.keys(transformed(from)).length !== Object.keys(to).length) {
                throw new Error('an item differs');
              }
            }
          }
        });
      }
    }),
    count: measured((job) =>
      inSegments(job, async (Segment) => {
        const segment = { Segment, TotalSegments: job.segments };
        for await (const _page of scan(job.endpoint, segment, { more: { Select: 'COUNT', ConsistentRead: false } }));
      }),
    ),
  },
};
