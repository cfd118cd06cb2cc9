/** A share as a percentage. */
export const percent = (share: number): string => (100 * share).toFixed(1);

/** A difference of shares in percentage points, with its sign. */
export function points(difference: number): string {
  const text = (100 * difference).toFixed(1);
  return difference > 0 && !text.startsWith('0.0') ? `+${text}` : text === '-0.0' ? '0.0' : text;
}

export const range = (interval: { readonly low: number; readonly high: number } | undefined): string | null =>
  interval === undefined ? null : `${percent(interval.low)} to ${percent(interval.high)}`;

/** Three decimals, two digits below that. */
export function pValue(p: number): string {
  if (p >= 0.001) return p.toFixed(3);
  return p >= 0.000_1 ? p.toPrecision(2) : '<0.0001';
}
