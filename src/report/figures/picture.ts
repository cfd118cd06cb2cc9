import type { PicturePart } from '../../stage/index.ts';
import { paint } from './colour-map.ts';
import { encodePng } from './png.ts';

/** What fraction of the values may be darker or lighter than the colours reach: single spikes would hide the rest. */
const clipped = 0.005;

/** The values as colours, one pixel each, row 0 at the bottom; one scale of colours for all pictures together. */
export function paintPictures(pictures: readonly PicturePart[]): readonly string[] {
  const all = pictures.flatMap(({ values }) => values.flatMap((column) => [...column])).sort((a, b) => a - b);
  const low = all[Math.floor(all.length * clipped)] ?? 0;
  const high = all[Math.ceil(all.length * (1 - clipped)) - 1] ?? 1;
  return pictures.map(({ values }) => {
    const [width, height] = [values.length, values[0]?.length ?? 0];
    const pixels = new Uint8Array(3 * width * height);
    values.forEach((column, x) =>
      column.forEach((value, row) => {
        paint(high > low ? (value - low) / (high - low) : 0, pixels, 3 * ((height - 1 - row) * width + x));
      }),
    );
    return `data:image/png;base64,${Buffer.from(encodePng(width, height, pixels)).toString('base64')}`;
  });
}

/** The ends of a picture's rows: half a row beyond the outer centres. */
export function rowRange({ scale, centres }: PicturePart['rows']): readonly [low: number, high: number] {
  const [first = 1] = centres;
  const last = centres.at(-1) ?? first;
  const count = Math.max(2, centres.length) - 1;
  if (scale === 'linear') {
    const half = (last - first) / count / 2 || 0.5;
    return [first - half, last + half];
  }
  const half = Math.exp(Math.log(last / first) / count / 2) || 1.1;
  return [first / half, last * half];
}
