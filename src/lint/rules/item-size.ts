import { maxItemSize } from '../../item/size.js';
import { tryOut } from '../try-out.js';
import type { LintSubject, RuleFinding } from './rule.js';

/** A tenth of what an item may have. Items that were small stay so. */
const muchGrowth = maxItemSize / 10;

export function itemSizeRule({ file: { definition }, source }: LintSubject): RuleFinding[] {
  if (definition.kind === 'steps') return [];
  const { growth } = tryOut(definition, source);
  if (growth < muchGrowth) return [];
  return [
    {
      code: 'item-size',
      message: `an item grows by about ${Math.round(growth / 1024)} KB; one that passes 400 KB cannot be written`,
      at: { line: 1, column: 1 },
      fix: 'keep large values elsewhere, in S3 say; see the largest item that would be with `migrate plan`',
    },
  ];
}
