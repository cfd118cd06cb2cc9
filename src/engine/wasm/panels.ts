/** Columns filled up to whole panels. */
export function panelsOf(columns: number): number {
  return 8 * Math.ceil(columns / 8);
}
