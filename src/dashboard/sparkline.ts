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
  return Array.from({ length: width }, (_, cell) => {
    const start = Math.floor((cell * values.length) / width);
    const part = values.slice(start, Math.floor(((cell + 1) * values.length) / width));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
