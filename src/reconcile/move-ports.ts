import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readItems, readItemTexts } from '../dynamodb/read-items.js';
import { createTargetWriter } from '../dynamodb/target-writer.js';
import { MigrateError } from '../errors.js';
import type { AnyItem, KeyNames } from '../item/attribute-value.js';
import { type Down, reverseMapping, reverseWriter } from './lens.js';
import type { Mapping } from './mapping.js';
import type { ReadItems, WriteTarget } from './ports.js';

/** One of the two tables of a move. */
export interface MoveTable {
  /** The real name. */
  readonly tableName: string;
  readonly keyNames: KeyNames;
}

export interface MovePortsOptions {
  /** `up` writes the target, `down` the source. */
  readonly direction: 'up' | 'down';
  readonly mapping: Mapping;
  readonly down: Down | undefined;
  readonly source: MoveTable;
  readonly target: MoveTable;
  readonly client: DynamoDBClient;
  /** Tries each request once. */
  readonly writer: DynamoDBClient;
}

/** What `reconcile` reads and writes, one way. */
export interface TablePorts {
  readonly mapping: Mapping;
  /** The table that leads. */
  readonly readSource: ReadItems;
  /** The same for who passes most of it on, or only compares it. */
  readonly readSourceTexts: ReadItems<AnyItem>;
  /** The table that follows. */
  readonly readTarget: ReadItems;
  readonly writeTarget: WriteTarget;
  /** Capacity units, as far as the engine tells. */
  readonly consumed: { readUnits: number; writeUnits: number };
}

/** @throws MigrateError `IRREVERSIBLE` downwards where the move has no `down`. */
export function openTablePorts(options: MovePortsOptions): TablePorts {
  const { direction, mapping, down, source, target, client, writer } = options;
  const consumed = { readUnits: 0, writeUnits: 0 };
  const onRead = (units: number) => {
    consumed.readUnits += units;
  };
  const reads =
    ({ tableName }: MoveTable): ReadItems =>
    (keys) =>
      readItems({ client, tableName, keys, onRead });
  const writes = ({ tableName, keyNames }: MoveTable): WriteTarget =>
    createTargetWriter({
      client: writer,
      tableName,
      keyNames,
      onConsumed: (units) => {
        consumed.writeUnits += units;
      },
    });
  const [readSource, readTarget] = [reads(source), reads(target)];
  if (direction === 'up') {
    const readSourceTexts: ReadItems<AnyItem> = (keys) =>
      readItemTexts({ client, tableName: source.tableName, keys, onRead });
    return { mapping, readSource, readSourceTexts, readTarget, writeTarget: writes(target), consumed };
  }
  if (!down) throw new MigrateError('IRREVERSIBLE', 'the move has no way back');
  return {
    mapping: reverseMapping(mapping),
    readSource: readTarget,
    readSourceTexts: readTarget,
    readTarget: readSource,
    writeTarget: reverseWriter({ mapping, down, readSource, writeSource: writes(source) }),
    consumed,
  };
}
