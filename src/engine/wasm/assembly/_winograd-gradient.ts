// The filter gradient of _winograd.ts.
import { blockGradient, frame } from './_convolution';
import { PANEL } from './_gemm';
import { PRODUCTS, scaled, transformBlock, winogradInputs, winogradRows } from './_winograd';

/** A dy for one row of gradients [width, filters], into panels of 8 filters of `tilesInBlock` tiles each. */
function transformGradients(
  dy: usize,
  width: usize,
  tiles: usize,
  filters: usize,
  packed: usize,
  tilesInBlock: usize,
  part: usize,
): void {
  const pixel = filters << 2;
  const zero = f32x4.splat(0);
  for (let t: usize = 0; t < tiles; t++) {
    const count = width - 4 * t;
    for (let f: usize = 0; f < filters; f += 4) {
      const place = dy + (f << 2);
      const y0 = v128.load(place);
      const y1 = count > 1 ? v128.load(place + pixel) : zero;
      const y2 = count > 2 ? v128.load(place + 2 * pixel) : zero;
      const y3 = count > 3 ? v128.load(place + 3 * pixel) : zero;
      const even = f32x4.add(y0, y2);
      const odd = f32x4.add(y1, y3);
      const evenFar = f32x4.add(y0, scaled(y2, 4));
      const oddFar = f32x4.add(scaled(y1, 2), scaled(y3, 8));
      const to = packed + ((f >> 3) * tilesInBlock + t) * PANEL + ((f & 4) << 2);
      v128.store(to, y0);
      v128.store(to + part, f32x4.add(even, odd));
      v128.store(to + 2 * part, f32x4.sub(even, odd));
      v128.store(to + 3 * part, f32x4.add(evenFar, oddFar));
      v128.store(to + 4 * part, f32x4.sub(evenFar, oddFar));
      v128.store(to + 5 * part, y3);
    }
    dy += 4 * pixel;
  }
}

/**
 * Gradient of the filter [k1 k2, 3, channels, filters].
 * @param inputs 6 winogradInputs bytes
 * @param packed 6 * rows * tiles * ceil8(filters) floats
 * @param sums 6 * k1 * k2 * channels * ceil8(filters) floats
 */
export function winogradFilterGradient(
  x: usize,
  dy: usize,
  samples: usize,
  d1: usize,
  d2: usize,
  d3: usize,
  channels: usize,
  k1: usize,
  k2: usize,
  before1: usize,
  before2: usize,
  before3: usize,
  filters: usize,
  padded: usize,
  inputs: usize,
  packed: usize,
  sums: usize,
  out: usize,
): void {
  const tiles = (d3 + 3) / 4;
  const p2 = d2 + k2 - 1;
  const pixel = channels << 2;
  const rowBytes = (4 * tiles + 2) * pixel;
  const wide = (filters + 7) & ~7;
  const most = winogradRows(d2, tiles);
  const part = winogradInputs(most, tiles, channels, k1, k2);
  const packedPart = (most * tiles * wide) << 2;
  const sumsPart = (k1 * k2 * channels * wide) << 2;
  memory.fill(padded, 0, (d1 + k1 - 1) * p2 * rowBytes);
  memory.fill(sums, 0, PRODUCTS * sumsPart);
  for (let sample: usize = 0; sample < samples; sample++) {
    frame(x, d1, d2, d3 * pixel, padded, p2, rowBytes, before1, before2, before3 * pixel);
    for (let i: usize = 0; i < d1; i++) {
      for (let j: usize = 0; j < d2; j += most) {
        const rows = min(most, d2 - j);
        const halo = rows + k2 - 1;
        const from = padded + (i * p2 + j) * rowBytes;
        transformBlock(from, p2 * rowBytes, rowBytes, k1, halo, tiles, channels, inputs, part);
        for (let r: usize = 0; r < rows; r++) {
          transformGradients(dy, d3, tiles, filters, packed + r * tiles * PANEL, rows * tiles, packedPart);
          dy += (d3 * filters) << 2;
        }
        for (let e: usize = 0; e < PRODUCTS; e++) {
          for (let tap: usize = 0; tap < k1 * k2; tap++) {
            const a = inputs + e * part + ((tap / k2) * halo + (tap % k2)) * tiles * pixel;
            const to = sums + e * sumsPart + ((tap * channels * wide) << 2);
            blockGradient(a, pixel, 0, 1, rows * tiles, packed + e * packedPart, to, channels, wide);
          }
        }
      }
    }
    x += d1 * d2 * d3 * pixel;
  }
  for (let tap: usize = 0; tap < k1 * k2; tap++) {
    for (let c: usize = 0; c < channels; c++) {
      const from = sums + (((tap * channels + c) * wide) << 2);
      const to = out + (((tap * 3 * channels + c) * filters) << 2);
      gatherTaps(from, sumsPart, filters, to, (channels * filters) << 2);
    }
  }
}

/** G' s: three taps, `step` bytes apart, from six sums, `part` bytes apart. */
function gatherTaps(from: usize, part: usize, filters: usize, to: usize, step: usize): void {
  for (let f: usize = 0; f < filters << 2; f += 4) {
    const s1 = load<f32>(from + f + part);
    const s2 = load<f32>(from + f + 2 * part);
    const s3 = load<f32>(from + f + 3 * part);
    const s4 = load<f32>(from + f + 4 * part);
    const near: f32 = (s1 + s2) / 6;
    const far: f32 = s3 + s4;
    store<f32>(to + f, load<f32>(from + f) / 4 - near + far / 24);
    store<f32>(to + f + step, (s2 - s1) / 6 + (s3 - s4) / 12);
    store<f32>(to + f + 2 * step, far / 6 - near + load<f32>(from + f + 5 * part));
  }
}
