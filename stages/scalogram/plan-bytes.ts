import type { LowRatePlan } from './low-rate.ts';

/** Bytes of a complex number of four frames, as in `assembly/_fourier.ts`. */
const valueBytes = 32;

/** The bins of a plan as `assembly/_low-rate.ts` reads them; their gains times `factor`. */
export function binBytes({ bins }: LowRatePlan, factor: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 * bins.length));
  bins.forEach(({ from, to, re, im }, index) => {
    view.setUint32(16 * index, from * valueBytes, true);
    view.setUint32(16 * index + 4, to * valueBytes, true);
    view.setFloat32(16 * index + 8, re * factor, true);
    view.setFloat32(16 * index + 12, im * factor, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * The plan as `assembly/_low-rate.ts` reads it.
 *
 * @param binAddress where its bins lie
 */
export function planBytes({ bins, size, first, end, levels }: LowRatePlan, binAddress: number): Uint8Array {
  const [headBytes, levelBytes] = [24, 36];
  const view = new DataView(new ArrayBuffer(headBytes + levelBytes * levels.length));
  [binAddress, bins.length, size, first, end, levels.length].forEach((value, index) =>
    view.setInt32(4 * index, value, true),
  );
  levels.forEach(({ start, end: stop, filter }, index) => {
    const at = headBytes + levelBytes * index;
    [start, stop, filter.length].forEach((value, place) => view.setInt32(at + 4 * place, value, true));
    filter.forEach((coefficient, place) => view.setFloat32(at + 12 + 4 * place, coefficient, true));
  });
  return new Uint8Array(view.buffer);
}
