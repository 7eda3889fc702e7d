/** Migrations with all that compilers turn into something else. */
export const samples: Record<string, string> = {
  'chain of operations': `
    import { defineMigration, table } from 'dynamigrate';
    interface A { id: string; old?: string }
    interface B { id: string; fresh?: string; channel: 'EMAIL' | 'SMS' }
    export default defineMigration({
      description: 'Rename old',
      from: table<A>('A'),
      to: table<B>('B'),
      up: (items) => items.rename('old', 'fresh').add('channel', 'EMAIL'),
    });`,
  'named functions and exports': `
    import { defineMigration, table } from 'dynamigrate';
    export const limit = 1_000;
    export function split(user: { name?: string }): object {
      const [first = '', ...rest] = (user.name ?? '').split(' ');
      return { ...user, first, last: rest.join(' ') || undefined, n: user?.name?.length ?? limit };
    }
    export default defineMigration({ description: \`split \${limit}\`, table: table('U'), up: (i) => i.map(split) });`,
  'async steps': `
    import { defineSteps } from 'dynamigrate';
    import type { Thing } from './types.js';
    export default defineSteps({
      description: 'Create',
      up: async (ctx) => {
        for await (const page of ctx.pages()) await ctx.step('p', async () => { await page.go?.(); });
        await ctx.step('create', () => ctx.tables.create({ TableName: 'U', ...(ctx.extra as Thing) }));
      },
      async down(ctx) { await ctx.step('delete', async function () { return ctx.tables.delete('U'); }); },
    });`,
  'class, enum, private state': `
    import * as lib from 'dynamigrate';
    import fallback, { table as t } from 'dynamigrate';
    export enum Channel { Email = 'EMAIL', Sms = 'SMS', Other = 3 }
    class Counter {
      #seen = 0;
      static readonly start: number = 10n > 5n ? 1 : 2;
      label: string = 'x';
      untouched?: string;
      step: number; by?: number;
      constructor(step = 1) { this.step = step; }
      next(): number { this.#seen += this.step ** 2; this.by ??= 4; return this.#seen; }
      get value() { return this.#seen; }
    }
    class Given { constructor(readonly a: number, private b = 2) { a + this.b; } }
    const counter = new Counter(new Given(2).a);
    export default lib.defineMigration({ description: Channel.Email, table: t('U'), up: (i) => i.add('n', counter.next()), f: fallback });`,
  'control flow and odd literals': `
    import { defineMigration } from 'dynamigrate';
    function f({ a, b: { c = 1 } = {}, ...others }: any, ...rest: unknown[]) {
      let out = -0x1f + 1.50 + 1e3;
      for (let i = 0; i < 3; i++) { if (i === 1) continue; else out += i; }
      for (const k in others) switch (k) { case 'x': out--; break; default: out++; }
      label: while (true) { do { out -= 1; break label; } while (out > 0); }
      try { throw new Error('x\\n\\u00e9'); } catch { out = ~out; } finally { void rest; }
      return { [\`k\${a}\`]: out, 'quoted-key': /a\\/b/giu.test(String(c)), raw: String.raw\`a\\n\${a}\`, m() { return typeof this; } };
    }
    export default defineMigration({ description: "it's", up: (i: any) => i.map(f), down: (i: any) => (i.set(1)) });
    export { f as renamed };`,
  'assignments with temporaries': `
    import { defineSteps } from 'dynamigrate';
    const get = (): any => ({});
    function g(x: any) { x.y.z ||= get()?.a?.b ?? get().c; get().d &&= 1; return get()?.[x.k ?? 'q']?.(get() ?? 2); }
    const { a, ...others } = g(get());
    export default defineSteps({ description: 'd', up: async () => { const v = await (get()?.x ?? g(a)); return { ...v, ...others }; } });
    export * from 'dynamigrate';`,
};

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are source texts
/** Pairs of lines where the second means something else. */
export const changes: [string, string, string][] = [
  ['a string', "export default f('a');", "export default f('b');"],
  ['white space in a string', "export default f('a b');", "export default f('a  b');"],
  ['a number', 'export default f(1);', 'export default f(2);'],
  ['a sign', 'export default f(1);', 'export default f(-1);'],
  ['number to string', 'export default f(1);', "export default f('1');"],
  ['an operator', 'export default a < b;', 'export default a <= b;'],
  ['equality', 'export default a === b;', 'export default a == b;'],
  ['prefix to postfix', 'export default f(++a);', 'export default f(a++);'],
  ['increment to decrement', 'export default f(++a);', 'export default f(--a);'],
  ['logical to nullish', 'export default a || b;', 'export default a ?? b;'],
  ['an identifier', 'export default f(a);', 'export default f(b);'],
  ['a property', 'export default a.b;', 'export default a.c;'],
  ['a key', 'export default { a: 1 };', 'export default { b: 1 };'],
  ['order of keys', 'export default { a: 1, b: 2 };', 'export default { b: 2, a: 1 };'],
  ['order of arguments', 'export default f(a, b);', 'export default f(b, a);'],
  ['order of statements', 'a(); b(); export default 1;', 'b(); a(); export default 1;'],
  ['grouping', 'export default a * (b + c);', 'export default a * b + c;'],
  ['an argument more', 'export default f(a);', 'export default f(a, undefined);'],
  ['a missing call', 'export default f();', 'export default f;'],
  ['a hole', 'export default [a, b];', 'export default [a, , b];'],
  ['optional chaining', 'export default a.b.c;', 'export default a?.b.c;'],
  ['await', 'export default async () => await a();', 'export default async () => a();'],
  ['async', 'export default () => 1;', 'export default async () => 1;'],
  ['a generator', 'export default function () { a; }', 'export default function* () { a; }'],
  ['parts of a loop', 'for (a; ; ) b(); export default 1;', 'for (; a; ) b(); export default 1;'],
  ['end of a loop', 'for (; a; ) b(); export default 1;', 'for (; ; a) b(); export default 1;'],
  ['rename to default', 'export default ({ a: b }) => 1;', 'export default ({ a = b }) => 1;'],
  ['let to const', 'let a = 1; export default a;', 'const a = 1; export default a;'],
  ['regular expression', 'export default /a/g;', 'export default /a/i;'],
  ['template text', 'export default `a${b}c`;', 'export default `a${b}d`;'],
  ['template raw text', 'export default f`\\n`;', 'export default f`\n`;'],
  ['spread', 'export default f(a);', 'export default f(...a);'],
  ['computed key', 'export default { a: 1 };', 'export default { [a]: 1 };'],
  ['a getter', 'export default { a() {} };', 'export default { get a() {} };'],
  ['static', 'export default class { a() {} }', 'export default class { static a() {} }'],
  ['inheritance', 'export default class A {}', 'export default class A extends B {}'],
  ['enum value', 'enum E { A = 1 } export default E;', 'enum E { A = 2 } export default E;'],
  ['bigint', 'export default 1n;', 'export default 2n;'],
  ['imported name', "import { a } from 'x'; export default a;", "import { b } from 'x'; export default b;"],
  ['imported package', "import { a } from 'x'; export default a;", "import { a } from 'y'; export default a;"],
  [
    'which import',
    "import { a } from 'x'; import { b } from 'y'; export default a();",
    "import { a } from 'x'; import { b } from 'y'; export default b();",
  ],
  ['default to named', "import a from 'x'; export default a;", "import { a } from 'x'; export default a;"],
  ['another export', 'const a = 1; export default a;', 'export const a = 1; export default a;'],
  ['which temporary', 'export default [f()?.a, g()?.b];', 'export default [g()?.a, f()?.b];'],
  ['branch', 'export default a ? b : c;', 'export default a ? c : b;'],
  ['else', 'if (a) b(); export default 1;', 'if (a); else b(); export default 1;'],
  ['a true', 'export default true;', 'export default false;'],
  ['a null', 'export default null;', 'export default undefined;'],
  ['comma', 'export default (a, b);', 'export default b;'],
  ['unicode', "export default 'é';", "export default 'e\\u0301';"],
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are source texts
