import type { LockedMigrator } from '../migrator.js';

/** Forgets how far a move had come, once there is nothing to go on with. */
export async function forgetProgress(
  { checkpoints, intents, lease, obligations }: LockedMigrator,
  id: string,
): Promise<void> {
  await intents.clear(lease, id);
  await obligations.clear(lease, id);
  for (const part of ['', '#verify-source', '#verify-target']) await checkpoints.clear(lease, `${id}${part}`);
}
