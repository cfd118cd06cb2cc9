const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * A curve in at most `width` cells, from its least to its greatest value: one cell a value, or the mean of several where there
 * are more. Values that are not finite are left out. A flat curve lies in the middle.
 */
export function sparkline(values: readonly number[], width: number): string {
  const shown = squeeze(values.filter(Number.isFinite), width);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  if (!(most > least)) return '▄'.repeat(shown.length);
  return shown
    .map((value) => levels[Math.min(levels.length - 1, Math.floor(((value - least) / (most - least)) * levels.length))])
    .join('');
}

function squeeze(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  const means: number[] = [];
  for (let cell = 0; cell < width; cell++) {
    const start = Math.floor((cell * values.length) / width);
    const end = Math.floor(((cell + 1) * values.length) / width);
    let sum = 0;
    for (let index = start; index < end; index++) sum += values[index] ?? 0;
    means.push(sum / (end - start));
  }
  return means;
}
