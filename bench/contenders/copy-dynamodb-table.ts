import { createRequire } from 'node:module';
import { type Contender, connection, measured, sourceTable, targetTable } from './contender.js';

type Item = Record<string, unknown>;

interface CopyOptions {
  readonly config: object;
  readonly source: { readonly tableName: string };
  readonly destination: { readonly tableName: string };
  readonly transform: (item: Item) => Item;
}

type Copy = (options: CopyOptions, done: (error: Error | null) => void) => void;

// It has no types, and speaks CommonJS.
const { copy } = createRequire(import.meta.url)('copy-dynamodb-table') as { readonly copy: Copy };

export const contender: Contender = {
  tasks: {
    copy: measured(
      ({ endpoint }) =>
        new Promise((resolve, reject) => {
          const options: CopyOptions = {
            config: connection(endpoint),
            source: { tableName: sourceTable },
            destination: { tableName: targetTable },
            transform: ({ prefVal, ...rest }) => ({ ...rest, preferenceValue: prefVal, channel: 'EMAIL' }),
          };
          copy(options, (error) => (error ? reject(error) : resolve()));
        }),
    ),
  },
};
