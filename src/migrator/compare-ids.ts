/** Orders migration ids by their number, as files are ordered; `9-x` comes before `010-y`. */
export function compareIds(a: string, b: string): number {
  const [numberA, numberB] = [numberOf(a), numberOf(b)];
  if (numberA !== numberB) return numberA < numberB ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function numberOf(id: string): bigint {
  return BigInt(/^\d+/.exec(id)?.[0] ?? -1);
}
