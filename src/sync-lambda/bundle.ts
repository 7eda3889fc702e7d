import { createHash } from 'node:crypto';
import { dirname, extname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { MigrateError, messageOf } from '../errors.js';
import { type BundledHandler, bundleEntry } from './bundle-entry.js';
import { optionalPackage } from './optional-package.js';

export interface BundleOptions {
  /** The migration's id, its file, and what is inside of it. */
  readonly id: string;
  readonly path: string;
  readonly checksum: string;
  readonly toolVersion: string;
  /** Put the AWS SDK inside too, in place of taking the one of the runtime. Default: false. */
  readonly bundleSdk?: boolean;
  /** Further handlers by the name under which they are exported: the module, and its function that makes one. */
  readonly handlers?: Readonly<Record<string, BundledHandler>>;
}

/** What the files of a bundle were made of. */
export interface BundleManifest {
  readonly migration: string;
  readonly checksum: string;
  readonly toolVersion: string;
  readonly sdk: 'bundled' | 'runtime';
  readonly bytes: number;
  readonly sha256: string;
}

export interface Bundle {
  /** An ES module that exports `handler`. */
  readonly code: string;
  readonly map: string;
  readonly manifest: BundleManifest;
}

const here = fileURLToPath(new URL('../sync-lambda', import.meta.url));
/** Compiled or, in a test, as it was written. */
const extension = extname(fileURLToPath(import.meta.url));

/**
 * Bundles a migration and the handler of its live sync to one file. The same input gives the same bytes, on any machine
 * and in any folder.
 *
 * @throws MigrateError `BUNDLE_FAILED` where the migration imports what cannot be in a function; `PACKAGE_MISSING`.
 */
export async function bundleSync(options: BundleOptions): Promise<Bundle> {
  const { id, path, checksum, toolVersion, bundleSdk = false } = options;
  const { build } = await optionalPackage('esbuild', () => import('esbuild'));
  const result = await build({
    stdin: { contents: bundleEntry(options, extension), resolveDir: here, sourcefile: 'entry.js', loader: 'js' },
    bundle: true,
    write: false,
    outfile: 'index.mjs',
    absWorkingDir: dirname(path),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    metafile: true,
    // The compiler settings of a project are no part of a checksum, so they must not be part of what runs.
    tsconfigRaw: '{}',
    ...(bundleSdk
      ? { banner: { js: requireBanner }, mainFields: ['module', 'main'] }
      : { external: ['@aws-sdk/*', '@smithy/*'] }),
    plugins: [ownPackage],
  }).catch((error: unknown) => {
    throw bundleFailed(id, error);
  });
  const file = (end: string) => result.outputFiles.find((one) => one.path.endsWith(end))?.text ?? '';
  const code = `${file('index.mjs')}//# sourceMappingURL=index.mjs.map\n`;
  refuseTools(id, Object.keys(result.metafile.inputs));
  const sha256 = createHash('sha256').update(code).digest('hex');
  const sdk = bundleSdk ? 'bundled' : 'runtime';
  return {
    code,
    map: withPlainSources(file('index.mjs.map'), dirname(path)),
    manifest: { migration: id, checksum, toolVersion, sdk, bytes: Buffer.byteLength(code), sha256 },
  };
}

/** Modules of the SDK are CommonJS in places, and call `require`. */
const requireBanner = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** `dynamigrate`, as a migration imports it, without all that runs migrations. */
const ownPackage: Plugin = {
  name: 'dynamigrate',
  setup({ onResolve }) {
    onResolve({ filter: /^dynamigrate$/ }, () => ({ path: `${here}/authoring${extension}` }));
  },
};

const forbidden = /(?:^|\/)node_modules\/(yargs|umzug|ts-node|typescript|zod|dynalite|esbuild)\//;

/** A transform is pure, and needs none of these: one of them is there by mistake, and would be slow to load. */
function refuseTools(migration: string, inputs: readonly string[]): void {
  const found = inputs.map((input) => forbidden.exec(input)?.[1]).find((name) => name !== undefined);
  if (found === undefined) return;
  throw new MigrateError('BUNDLE_FAILED', `the migration imports \`${found}\`, which is a tool for developers`, {
    migration,
    fix: 'let the migration import only what its transform needs',
  });
}

function bundleFailed(migration: string, cause: unknown): MigrateError {
  const { errors = [] } = cause as { readonly errors?: readonly BuildError[] };
  const [first] = errors;
  const where = first?.location ? ` (${first.location.file}:${first.location.line})` : '';
  const isOwn = /No matching export in .*authoring/.test(first?.text ?? '');
  return new MigrateError(
    'BUNDLE_FAILED',
    `the migration cannot be bundled: ${first?.text ?? messageOf(cause)}${where}`,
    {
      migration,
      cause,
      fix: isOwn
        ? 'import only `defineMigration`, `table`, `NumberValue`, `MigrateError` and `isMigrateError` from `dynamigrate` in the file of a move'
        : 'correct what the message names; a migration may import files and packages that need nothing but Node',
    },
  );
}

interface BuildError {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number } | null;
}

/** Where the files were on this machine is nobody's business, and would make the map differ from machine to machine. */
function withPlainSources(map: string, directory: string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  const sources = parsed.sources.map((source) => {
    const full = relative(here, `${directory}/${source}`).replaceAll('\\', '/');
    return full.startsWith('../') && !full.startsWith('../..') ? `dynamigrate/${full.slice(3)}` : plain(source, full);
  });
  return JSON.stringify({ ...parsed, sources });
}

function plain(source: string, fromHere: string): string {
  if (source === 'entry.js') return source;
  if (!fromHere.startsWith('..')) return `dynamigrate/sync-lambda/${fromHere}`;
  const inPackages = /node_modules\/(?!.*node_modules\/)(.+)$/.exec(source)?.[1];
  return inPackages ?? source;
}
