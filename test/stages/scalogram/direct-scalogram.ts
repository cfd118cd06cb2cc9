/**
 * The strip means of one frame by direct summation in float64: the formula as it stands, for comparison.
 *
 * W(a, b) = 1 / sqrt(a) sum_t s(t) conj(psi((t - b) / a)), psi(t) = exp(-t^2 / (2 sigma^2)) exp(i omega0 t)
 */
export function directStripMeans(
  frame: ArrayLike<number>,
  scale: number,
  { strips, omega0, sigma }: { strips: number; omega0: number; sigma: number },
): number[] {
  const stripLength = frame.length / strips;
  const sums = new Array<number>(strips).fill(0);
  for (let b = 0; b < frame.length; b++) {
    let [re, im] = [0, 0];
    for (let t = 0; t < frame.length; t++) {
      const x = (t - b) / scale;
      const value = (frame[t] ?? 0) * Math.exp(-(x * x) / (2 * sigma * sigma));
      re += value * Math.cos(omega0 * x);
      im -= value * Math.sin(omega0 * x);
    }
    const strip = Math.floor(b / stripLength);
    sums[strip] = (sums[strip] ?? 0) + Math.hypot(re, im) / Math.sqrt(scale);
  }
  return sums.map((sum) => sum / stripLength);
}
