import type { Holder } from './data-folder.js';
import { startDynalite } from './dynalite.js';
import { startDynamoDbLocal } from './dynamodb-local.js';
import type { RunningEngine } from './running-engine.js';

export interface StartEngineOptions {
  readonly kind: 'dynalite' | 'dynamodb-local';
  /** Absolute path of the folder for the data. Default: in memory. */
  readonly path: string | undefined;
  /** How long to wait for another process that has the folder open, where the engine admits one. */
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal;
  /** What others that wait are told is running here: `migrate up`. */
  readonly command: string;
  readonly onWait: (holder: Holder | undefined) => void;
  /** Called once, before a download. */
  readonly onFetch: (message: string) => void;
}

/** Starts an engine, or finds the one that runs. Throws LOCK_HELD or ENGINE_FAILED. */
export function startEngine({ kind, ...options }: StartEngineOptions): Promise<RunningEngine> {
  return kind === 'dynalite' ? startDynalite(options) : startDynamoDbLocal(options);
}
