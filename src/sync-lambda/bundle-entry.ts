export interface BundledHandler {
  /** Relative to this folder: `./create-backfill-handler.js`. */
  readonly from: string;
  readonly create: string;
}

export interface BundleEntryOptions {
  readonly id: string;
  readonly path: string;
  readonly checksum: string;
  readonly toolVersion: string;
  readonly handlers?: Readonly<Record<string, BundledHandler>>;
}

/** The text of the module that a bundle begins with: it runs in Lambda, and not here. */
export function bundleEntry(
  { id, path, checksum, toolVersion, handlers = {} }: BundleEntryOptions,
  extension: string,
): string {
  const text = JSON.stringify;
  const own = (module: string) => text(module.replace(/\.js$/, extension));
  const others = Object.entries(handlers);
  return [
    `import * as migration from ${text(path)};`,
    `import { createLambda } from ${own('./create-lambda.js')};`,
    ...others.map(([name, { from, create }]) => `import { ${create} as create_${name} } from ${own(from)};`),
    'const options = {',
    `  id: ${text(id)}, checksum: ${text(checksum)}, toolVersion: ${text(toolVersion)},`,
    // A file that was compiled to CommonJS has its default export one level down.
    '  migration: migration.default?.default ?? migration.default,',
    '  environment: process.env,',
    '  onError: (error) => console.error(error),',
    '};',
    'export const handler = createLambda(options);',
    ...others.map(([name]) => `export const ${name} = create_${name}(options);`),
  ].join('\n');
}
