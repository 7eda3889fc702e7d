import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { AutoClock } from './auto-clock.js';

export interface FakeShard {
  readonly id: string;
  parent?: string;
  readonly records: _Record[];
  closed: boolean;
  /** Records before this one have expired. */
  trimmed: number;
  /** Answers with nothing before the first record comes. */
  emptyFirst: number;
  /** Listed from the n-th DescribeStream on. */
  listedFrom: number;
}

/** An error as the SDK throws it. */
export function awsError(name: string, message = `${name} was scripted`): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

/** A stream that does what a test says, at the level of the SDK's commands. */
export class FakeStream {
  readonly shards = new Map<string, FakeShard>();
  readonly calls: { readonly op: string; readonly shardId?: string | undefined; readonly at: number }[] = [];
  status = 'ENABLED';
  pageSize = 100;
  gone = false;
  /** What a request fails with, if anything. */
  fail: (op: 'list' | 'open' | 'read', shardId: string | undefined) => string | undefined = () => undefined;
  /** Called after a request was answered. */
  after: (op: 'list' | 'open' | 'read', shardId: string | undefined) => void = () => undefined;
  #sequence = 0;
  #listings = 0;
  readonly #clock: AutoClock;

  constructor(clock: AutoClock) {
    this.#clock = clock;
  }

  get client(): Pick<DynamoDBStreamsClient, 'send'> {
    const send = async (command: unknown) => this.#answer(command);
    return { send } as unknown as Pick<DynamoDBStreamsClient, 'send'>;
  }

  shard(
    id: string,
    options: Partial<Omit<FakeShard, 'id' | 'records'>> & { readonly records?: number } = {},
  ): FakeShard {
    const { records = 0, ...rest } = options;
    const shard = { id, records: [], closed: false, trimmed: 0, emptyFirst: 0, listedFrom: 0, ...rest };
    this.shards.set(id, shard);
    for (let count = 0; count < records; count++) this.write(id);
    return shard;
  }

  write(shardId: string): string {
    this.#sequence += 1;
    const SequenceNumber = String(this.#sequence).padStart(21, '0');
    const ApproximateCreationDateTime = new Date(this.#clock.wall());
    this.shards.get(shardId)?.records.push({ dynamodb: { SequenceNumber, ApproximateCreationDateTime } });
    return SequenceNumber;
  }

  /** The numbers of all records, shard by shard. */
  numbers(shardId: string): string[] {
    return (this.shards.get(shardId)?.records ?? []).map(numberOf);
  }

  #answer(command: unknown) {
    const at = this.#clock.monotonic();
    if (command instanceof DescribeStreamCommand) {
      this.calls.push({ op: 'list', at });
      this.#throwScripted('list', undefined);
      if (this.gone) throw awsError('ResourceNotFoundException');
      if (command.input.ExclusiveStartShardId === undefined) this.#listings += 1;
      const listed = [...this.shards.values()].filter((shard) => shard.listedFrom <= this.#listings);
      const start = listed.findIndex(({ id }) => id === command.input.ExclusiveStartShardId) + 1;
      const page = listed.slice(start, start + this.pageSize);
      const more = start + this.pageSize < listed.length;
      this.after('list', undefined);
      return {
        StreamDescription: {
          StreamStatus: this.status,
          Shards: page.map(({ id, parent }) => ({ ShardId: id, ParentShardId: parent })),
          ...(more && { LastEvaluatedShardId: page.at(-1)?.id }),
        },
      };
    }
    if (command instanceof GetShardIteratorCommand) {
      const { ShardId = '', ShardIteratorType, SequenceNumber } = command.input;
      this.calls.push({ op: `open ${ShardIteratorType}`, shardId: ShardId, at });
      this.#throwScripted('open', ShardId);
      const shard = this.#find(ShardId);
      const index =
        ShardIteratorType === 'TRIM_HORIZON'
          ? shard.trimmed
          : shard.records.findIndex((record) => numberOf(record) === SequenceNumber) + 1;
      if (index === 0 && SequenceNumber !== undefined) {
        throw awsError('ValidationException', 'Invalid SequenceNumber for the shard');
      }
      if (index < shard.trimmed) throw awsError('TrimmedDataAccessException');
      return { ShardIterator: `${ShardId}|${index}` };
    }
    if (command instanceof GetRecordsCommand) {
      const [shardId = '', from] = command.input.ShardIterator?.split('|') ?? [];
      this.calls.push({ op: 'read', shardId, at });
      this.#throwScripted('read', shardId);
      const shard = this.#find(shardId);
      const index = Number(from);
      if (index < shard.trimmed) throw awsError('TrimmedDataAccessException');
      if (shard.emptyFirst > 0) {
        shard.emptyFirst -= 1;
        return { Records: [], NextShardIterator: `${shardId}|${index}` };
      }
      const end = Math.min(shard.records.length, index + (command.input.Limit ?? 1_000));
      const isEnd = shard.closed && end === shard.records.length;
      const Records = shard.records.slice(index, end);
      this.after('read', shardId);
      return { Records, ...(!isEnd && { NextShardIterator: `${shardId}|${end}` }) };
    }
    throw new Error('a command that is not scripted');
  }

  #throwScripted(op: 'list' | 'open' | 'read', shardId: string | undefined): void {
    const name = this.fail(op, shardId);
    if (name !== undefined) throw awsError(name);
  }

  #find(shardId: string): FakeShard {
    const shard = this.shards.get(shardId);
    if (!shard || this.gone) throw awsError('ResourceNotFoundException');
    return shard;
  }
}

export function numberOf({ dynamodb }: _Record): string {
  return dynamodb?.SequenceNumber ?? '';
}
