import type { LimitConfig } from '../config/define-config.js';

interface RunFlags {
  readonly to?: string | undefined;
  readonly step?: number | undefined;
  readonly maxItemErrors?: number | undefined;
  readonly read?: LimitConfig | undefined;
  readonly write?: LimitConfig | undefined;
}

/**
 * The flags of a look that a run after it needs too: `down` would be another thing than what `down --to 0 --dry-run`
 * has shown.
 */
export function sameFlags({ to, step, maxItemErrors, read, write }: RunFlags): string {
  return Object.entries({ to, step, 'max-item-errors': maxItemErrors, read, write })
    .map(([flag, value]) => (value === undefined ? '' : ` --${flag} ${value}`))
    .join('');
}
