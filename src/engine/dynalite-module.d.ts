// dynalite has no types of its own. Only what the engine uses.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export interface DynaliteOptions {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }
  /** Closing the server closes the database. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
