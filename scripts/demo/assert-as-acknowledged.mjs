import { NEW, readTable, valueName } from './tables.mjs';

/** Checks that a table has every item of `expected` with its value, in the form of that table, and no other item. */
export async function assertAsAcknowledged({ client, screen, expected, table }) {
  const items = await readTable(client, table);
  const name = valueName(table);
  const other = table === NEW ? 'prefVal' : 'preferenceValue';
  const lost = [...expected.keys()].filter((key) => !items.has(key));
  const extra = [...items.keys()].filter((key) => !expected.has(key));
  const wrong = [...items].filter(([key, item]) => expected.has(key) && item[name]?.S !== expected.get(key));
  const misshapen = [...items].filter(
    ([, item]) => item[other] !== undefined || (table === NEW) !== (item.channel !== undefined),
  );
  const first = (list) => (list.length === 0 ? '' : `: ${JSON.stringify(list[0])}`);
  screen.check(
    lost.length === 0,
    `${expected.size} items should be in ${table}, ${lost.length} are missing${first(lost)}`,
  );
  screen.check(extra.length === 0, `${extra.length} are there that should not be${first(extra)}`);
  screen.check(wrong.length === 0, `${wrong.length} have another value than the last acknowledged one${first(wrong)}`);
  const form = table === NEW ? '`preferenceValue` and a `channel`' : '`prefVal` and no `channel`';
  screen.check(misshapen.length === 0, `${misshapen.length} have another form than ${form}${first(misshapen)}`);
}
