import type { MoveMigration } from '../definition/define-move.js';
import type { RawItem } from '../item/attribute-value.js';
import { type BundleManifest, bundleSync } from './bundle.js';
import type { WorkerBudget } from './function-environment.js';
import { readmeText } from './readme.js';
import { stackNameOf } from './stack-name.js';
import { templateOf, templateText } from './template/template.js';
import { testEvent } from './test-event.js';
import { zipFiles } from './zip.js';

export interface GenerateSyncOptions {
  readonly migration: {
    readonly id: string;
    readonly path: string;
    readonly checksum: string;
    readonly definition: MoveMigration;
  };
  readonly environment: string;
  readonly region: string;
  readonly toolVersion: string;
  readonly bundleSdk?: boolean | undefined;
  /** Whether Lambda functions copy the items too. Default: false. */
  readonly backfill?: boolean | undefined;
  /** What these may use of each table together. */
  readonly budget?: WorkerBudget | undefined;
  /** Real names. */
  readonly source: string;
  readonly target: string;
  readonly metaTable: string;
  readonly sourceStreamArn?: string | undefined;
  readonly targetStreamArn?: string | undefined;
  /** Key attributes of the source with their types, and an item of it, whose values are not used. */
  readonly keys: Readonly<Record<string, 'S' | 'N' | 'B'>>;
  readonly sample?: RawItem | undefined;
}

export interface GeneratedSync {
  /** By name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly zip: Uint8Array;
  readonly template: string;
  readonly stackName: string;
  readonly artifactKey: string;
  readonly manifest: BundleManifest;
}

/** Makes everything that is deployed for a move's live sync. The same input gives the same bytes. */
export async function generateSync(options: GenerateSyncOptions): Promise<GeneratedSync> {
  const {
    migration,
    environment,
    toolVersion,
    bundleSdk = false,
    backfill = false,
    source,
    target,
    metaTable,
  } = options;
  const { id, path, checksum, definition } = migration;
  const handlers = backfill ? { worker: { from: './create-worker.js', create: 'createWorker' } } : {};
  const bundle = await bundleSync({ id, path, checksum, toolVersion, bundleSdk, handlers });
  const { manifest } = bundle;
  const stackName = stackNameOf(environment, id);
  const artifactKey = `dynamigrate/${id}/${manifest.sha256.slice(0, 32)}.zip`;
  const { sourceStreamArn, targetStreamArn } = options;
  const template = await templateText(
    templateOf({
      migration: id,
      sha256: manifest.sha256,
      keysChange: definition.rekeyed !== undefined,
      reversible: definition.down !== undefined,
      source,
      target,
      metaTable,
      sourceStreamArn,
      targetStreamArn,
      artifactKey,
      backfill,
      budget: options.budget,
    }),
  );
  const event = testEvent({
    keys: options.keys,
    sample: options.sample,
    streamArn: sourceStreamArn ?? `arn:aws:dynamodb:${options.region}:123456789012:table/${source}/stream/2023-11-14`,
    region: options.region,
  });
  const { bytes } = manifest;
  const code = { 'index.mjs': bundle.code, 'index.mjs.map': bundle.map };
  const zip = await zipFiles(code);
  const readme = { migration: id, stackName, source, target, artifactKey, sourceStreamArn, bytes, checksum };
  return {
    files: {
      ...code,
      'function.zip': zip,
      'manifest.json': json(manifest),
      'template.yaml': template,
      'test-event.json': json(event),
      'README.md': readmeText(readme),
    },
    zip,
    template,
    stackName,
    artifactKey,
    manifest,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
