/** The one of `names` that `word` most likely is a misspelling or a part of; `undefined` if none is close. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const ranked = names
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (ranked[0] && ranked[0].distance <= limit) return ranked[0].name;
  // Of `prod` for `production` more is missing than of a misspelling; two of them would be a guess.
  const [one, another] = names.filter((name) => word.length > 2 && name.toLowerCase().includes(word.toLowerCase()));
  return another === undefined ? one : undefined;
}

/** The end of a message about a name that there is not, where another one was probably meant. */
export function didYouMean(meant: string | undefined): string {
  return meant === undefined ? '' : `; did you mean \`${meant}\`?`;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
