import type { MadeResources } from '../dynamodb/tables.js';
import type { LockedMigrator } from './migrator.js';

/** The record of the tables and indexes that a migration made, open for this run. */
export async function madeBy({ made, lease }: LockedMigrator, id: string): Promise<MadeResources> {
  const known = await made.list(id);
  return {
    has: (resource) => known.has(resource),
    async add(resource) {
      await made.add(lease, id, resource);
      known.add(resource);
    },
    async remove(resource) {
      known.delete(resource);
      await made.remove(lease, id, resource);
    },
  };
}
