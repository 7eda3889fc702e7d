import { MigrateError } from '../../errors.js';
import { attributeOf } from '../../item/attribute.js';
import type { AttributeValue } from '../../item/attribute-value.js';
import { equalValues } from '../../item/equal.js';
import { fromJavaScript } from '../../item/from-javascript.js';
import { toJavaScript } from '../../item/to-javascript.js';
import { assertName, assertOptions } from '../assert-arguments.js';
import { callFunction } from '../call-function.js';
import { found } from '../found.js';
import type { ItemOperation } from '../operation.js';

/** How `convert` changes a value. All functions are pure and synchronous. */
export interface Conversion {
  readonly to: (value: unknown) => unknown;
  /** The way back; without it there is no inverse. */
  readonly from?: ((value: unknown) => unknown) | undefined;
  /** Whether a value still has to be converted. Needed in place, unless converting twice is converting once. */
  readonly needed?: ((value: unknown) => boolean) | undefined;
}

/** Changes the value of an attribute. An item without it is left alone. */
export function convert(name: string, conversion: Conversion): ItemOperation {
  assertName('convert', name);
  assertConversion(name, conversion);
  const { to, from, needed } = conversion;
  const description = `convert ${name}`;
  const isNeeded = (value: AttributeValue): boolean =>
    needed === undefined || Boolean(callFunction(`${description} (needed)`, () => needed(toJavaScript(value))));
  return {
    kind: 'convert',
    description,
    touches: [name],
    removes: [],
    inPlaceProblem: undefined,
    inverse:
      from === undefined
        ? { none: 'was given no `from`' }
        : { operation: () => convert(name, { to: from, from: to, needed: needed && ((value) => !needed(value)) }) },
    restore:
      from === undefined
        ? { none: 'was given no `from`' }
        : {
            put(draft, old) {
              const value = draft.get(name);
              if (value === undefined) return;
              const [before, after] = [old && attributeOf(old.before, name), old && attributeOf(old.after, name)];
              if (before !== undefined && after !== undefined && equalValues(after, value)) {
                draft.set(name, before);
              } else if (needed === undefined || !isNeeded(value)) {
                const result = callFunction(`${description} (from)`, () => from(toJavaScript(value)));
                draft.set(name, fromJavaScript(result, before, name));
              }
            },
          },
    apply(draft) {
      const old = draft.get(name);
      if (old === undefined || !isNeeded(old)) return;
      const result = callFunction(description, () => to(toJavaScript(old)));
      const converted = fromJavaScript(result, old, name);
      if (needed !== undefined && isNeeded(converted)) throw stillNeeded(description);
      draft.set(name, converted);
    },
  };
}

function assertConversion(name: string, conversion: Conversion): void {
  assertOptions('convert', conversion, ['to', 'from', 'needed']);
  for (const key of ['to', 'from', 'needed'] as const) {
    const value: unknown = conversion[key];
    if (typeof value === 'function' || (value === undefined && key !== 'to')) continue;
    throw new MigrateError('MIGRATION_INVALID', `\`convert ${name}\` was given ${found(value)} for \`${key}\``, {
      fix: `give a function: \`convert('${name}', { to: (value) => …, from: (value) => … })\``,
    });
  }
}

function stillNeeded(description: string): MigrateError {
  return new MigrateError('NOT_IDEMPOTENT', `\`${description}\` says that its own result still needs it`, {
    fix: 'let `needed` return false for a converted value',
  });
}
