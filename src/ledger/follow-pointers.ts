import type { Pointer } from './pointers.js';

/** Where a name leads. */
export interface Followed {
  /** The logical name of the table that is in use. */
  readonly name: string;
  /** Its real name; undefined where no pointer says it. */
  readonly table: string | undefined;
  /** The first pointer on the way that holds back writes. */
  readonly frozen: Pointer | undefined;
}

/**
 * Follows a table's name to the table that applications use now: through a pointer to its target's name, and on from
 * there, as long as the pointers are flipped.
 *
 * Tables that were moved away and back are a circle. Its last move is the one that counts.
 */
export async function followPointers(
  name: string,
  read: (name: string) => Promise<Pointer | undefined>,
): Promise<Followed> {
  const path: Pointer[] = [];
  let frozen: Pointer | undefined;
  for (let at = name; ; ) {
    const met = path.findIndex((pointer) => pointer.name === at);
    if (met >= 0) {
      const last = path.slice(met).reduce((a, b) => (b.order > a.order ? b : a));
      return { name: last.targetName, table: last.target, frozen };
    }
    const pointer = await read(at);
    if (pointer?.frozen) frozen ??= pointer;
    if (!pointer) return { name: at, table: path.at(-1)?.target, frozen };
    if (pointer.active === 'source') return { name: at, table: pointer.source, frozen };
    path.push(pointer);
    at = pointer.targetName;
  }
}
