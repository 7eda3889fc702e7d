/**
 * Whether a key, by its id, is in a sample of this share of all keys (0 to 1). It depends on the id alone: a resumed
 * run, and a run after a repair, look at the same items.
 */
export function isSampled(id: string, share: number): boolean {
  return share >= 1 || hash(id) < share * 2 ** 32;
}

/** FNV-1a over UTF-16 units, then the finalizer of MurmurHash3: without it, the ids `1`, `2`, … are close together. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
