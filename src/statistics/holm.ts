/**
 * p-values adjusted for being several, in the order given (Holm, Scandinavian Journal of Statistics 6, 1979): the chance
 * of any false rejection stays at the level, whatever the tests' dependence.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const adjusted = values.map(() => 0);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * (values[index] ?? 0)));
    adjusted[index] = largest;
  }
  return adjusted;
}
