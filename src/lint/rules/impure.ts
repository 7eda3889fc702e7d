import { sourceFiles } from '../../config/source-files.js';
import { impureUses } from '../impure-uses.js';
import { parseFile } from '../source-facts.js';
import { tryOut } from '../try-out.js';
import type { LintSubject, RuleFinding } from './rule.js';

const fix =
  'put the value into the file as a constant, or take it from the item; code that must ask belongs into `defineSteps`';

/** What a transform may not know: looked for in the text of the file and what it imports, then tried on a made-up item. */
export function impure({ file: { definition, path }, source }: LintSubject): RuleFinding[] {
  if (definition.kind === 'steps') return [];
  const files = sourceFiles(path).filter((one) => /\.[cm]?[jt]s$/.test(one) && !one.endsWith('.d.ts'));
  const uses = files.flatMap((file) => {
    const parsed = file === path ? source : parseFile(file);
    return impureUses(parsed).map(
      ({ what, at }): RuleFinding => ({
        code: 'impure',
        message: `${what}: a run applies the transform again, and has to get the same answer`,
        file,
        at,
        fix,
      }),
    );
  });
  if (uses.length > 0) return uses;
  const { differing } = tryOut(definition, source);
  if (differing.length === 0) return [];
  return [
    {
      code: 'impure',
      message: `the same item became two different ones (${differing.map((name) => `\`${name}\``).join(', ')}) under another clock, random and time zone`,
      at: { line: 1, column: 1 },
      fix,
    },
  ];
}
