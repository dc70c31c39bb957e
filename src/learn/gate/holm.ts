// Several tests at once: Holm (1979), Scandinavian Journal of Statistics 6:65-70.

/** @returns for each p-value whether it is rejected, so that any false rejection happens with probability `level` at most */
export function holmRejected(pValues: readonly number[], level: number): boolean[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const rejected = pValues.map(() => false);
  for (const [rank, { p, index }] of order.entries()) {
    if (p > level / (pValues.length - rank)) break;
    rejected[index] = true;
  }
  return rejected;
}
