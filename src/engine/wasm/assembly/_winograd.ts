// Convolutions whose kernel covers 3 positions on the last spatial axis, with half the multiplications: on that axis
// six products make four outputs of three taps. F(4, 3) of Lavin and Gray, Fast algorithms for convolutional neural
// networks, 2016; the other axes are summed as in _convolution.ts. With d six inputs, g three taps, y four outputs:
// y = A' [(G g) * (B' d)], the gradient by g is G' [(A dy) * (B' d)]. Products are made for all tiles at once.
// Tiles of one block of rows stay in the cache.
import { frame } from './_convolution';
import { multiplyRuns, PANEL } from './_gemm';

export const PRODUCTS: usize = 6;
/** Tiles in a block, about. */
const TILES: usize = 256;
/** Vectors reach past the end of a piece by less than this. */
const MARGIN: usize = 64;

const lanes: usize = memory.data(16, 16);

/** G g: out [6, taps * channels, filters] from filter [taps, 3, channels, filters]. */
export function winogradFilter(filter: usize, taps: usize, channels: usize, filters: usize, out: usize): void {
  const size = channels * filters;
  const product = (taps * size) << 2;
  for (let tap: usize = 0; tap < taps; tap++) {
    for (let at: usize = 0; at < size; at++) {
      const from = filter + ((tap * 3 * size + at) << 2);
      const g0 = load<f32>(from);
      const g1 = load<f32>(from + (size << 2));
      const g2 = load<f32>(from + (size << 3));
      const to = out + ((tap * size + at) << 2);
      const outer: f32 = g0 + g2;
      const far: f32 = g0 + 4 * g2;
      store<f32>(to, g0 / 4);
      store<f32>(to + product, (outer + g1) / -6);
      store<f32>(to + 2 * product, (outer - g1) / -6);
      store<f32>(to + 3 * product, (far + 2 * g1) / 24);
      store<f32>(to + 4 * product, (far - 2 * g1) / 24);
      store<f32>(to + 5 * product, g2);
    }
  }
}

/** Rows of tiles in a block. */
export function winogradRows(d2: usize, tiles: usize): usize {
  return max<usize>(1, min(d2, TILES / tiles));
}

/** Bytes of one product's part of the transformed inputs. */
export function winogradInputs(rows: usize, tiles: usize, channels: usize, k1: usize, k2: usize): usize {
  return ((k1 * (rows + k2 - 1) * tiles * channels) << 2) + MARGIN;
}

export function scaled(x: v128, factor: f32): v128 {
  return f32x4.mul(x, f32x4.splat(factor));
}

/** B' d for the tiles of one padded row; `to` has [tiles, channels] for each product, `part` bytes apart. */
function transformRow(from: usize, tiles: usize, channels: usize, to: usize, part: usize): void {
  const pixel = channels << 2;
  for (let t: usize = 0; t < tiles; t++) {
    for (let c: usize = 0; c < pixel; c += 16) {
      const place = from + c;
      const d0 = v128.load(place);
      const d1 = v128.load(place + pixel);
      const d2 = v128.load(place + 2 * pixel);
      const d3 = v128.load(place + 3 * pixel);
      const d4 = v128.load(place + 4 * pixel);
      const d5 = v128.load(place + 5 * pixel);
      const even = f32x4.sub(d4, scaled(d2, 4));
      const odd = f32x4.sub(d3, scaled(d1, 4));
      const evenFar = f32x4.sub(d4, d2);
      const oddFar = scaled(f32x4.sub(d3, d1), 2);
      const out = to + c;
      v128.store(out, f32x4.add(scaled(d0, 4), f32x4.sub(d4, scaled(d2, 5))));
      v128.store(out + part, f32x4.add(even, odd));
      v128.store(out + 2 * part, f32x4.sub(even, odd));
      v128.store(out + 3 * part, f32x4.add(evenFar, oddFar));
      v128.store(out + 4 * part, f32x4.sub(evenFar, oddFar));
      v128.store(out + 5 * part, f32x4.add(scaled(d1, 4), f32x4.sub(d5, scaled(d3, 5))));
    }
    from += 4 * pixel;
    to += pixel;
  }
}

/** B' d for a block: rows + k2 - 1 padded rows of each of k1 planes. */
export function transformBlock(
  padded: usize,
  planeBytes: usize,
  rowBytes: usize,
  planes: usize,
  rows: usize,
  tiles: usize,
  channels: usize,
  to: usize,
  part: usize,
): void {
  for (let i: usize = 0; i < planes; i++) {
    for (let j: usize = 0; j < rows; j++) {
      transformRow(padded + i * planeBytes + j * rowBytes, tiles, channels, to, part);
      to += (tiles * channels) << 2;
    }
  }
}

function storeLanes(place: usize, value: v128, bytes: usize): void {
  if (bytes >= 16) {
    v128.store(place, value);
    return;
  }
  v128.store(lanes, value);
  memory.copy(place, lanes, bytes);
}

/** A' m for one row: y [width, filters] from [tiles, filters] for each product, `part` bytes apart. */
function outputRow(from: usize, part: usize, tiles: usize, width: usize, filters: usize, y: usize): void {
  const pixel = filters << 2;
  for (let t: usize = 0; t < tiles; t++) {
    const count = width - 4 * t;
    for (let f: usize = 0; f < pixel; f += 16) {
      const place = from + f;
      const m0 = v128.load(place);
      const m1 = v128.load(place + part);
      const m2 = v128.load(place + 2 * part);
      const m3 = v128.load(place + 3 * part);
      const m4 = v128.load(place + 4 * part);
      const m5 = v128.load(place + 5 * part);
      const sum = f32x4.add(m1, m2);
      const difference = f32x4.sub(m1, m2);
      const farSum = f32x4.add(m3, m4);
      const farDifference = f32x4.sub(m3, m4);
      const to = y + f;
      const left = pixel - f;
      storeLanes(to, f32x4.add(f32x4.add(m0, sum), farSum), left);
      if (count > 1) storeLanes(to + pixel, f32x4.add(difference, scaled(farDifference, 2)), left);
      if (count > 2) storeLanes(to + 2 * pixel, f32x4.add(sum, scaled(farSum, 4)), left);
      if (count > 3) {
        const last = f32x4.add(f32x4.add(difference, scaled(farDifference, 8)), m5);
        storeLanes(to + 3 * pixel, last, left);
      }
    }
    from += pixel;
    y += 4 * pixel;
  }
}

/**
 * As `convolution` with k3 = 3.
 * @param packed six packed filters, one after another
 * @param padded (d1 + k1 - 1) (d2 + k2 - 1) (4 ceil(d3 / 4) + 2) channels floats
 * @param inputs 6 winogradInputs bytes
 * @param products 6 (rows * tiles * filters floats and 64 bytes)
 */
export function winogradConvolution(
  x: usize,
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
  packed: usize,
  padded: usize,
  inputs: usize,
  products: usize,
  y: usize,
): void {
  const tiles = (d3 + 3) / 4;
  const p2 = d2 + k2 - 1;
  const pixel = channels << 2;
  const rowBytes = (4 * tiles + 2) * pixel;
  const most = winogradRows(d2, tiles);
  const part = winogradInputs(most, tiles, channels, k1, k2);
  const productPart = ((most * tiles * filters) << 2) + MARGIN;
  const packedPart = k1 * k2 * channels * ((filters + 7) >> 3) * PANEL;
  const tileRow = tiles * pixel;
  memory.fill(padded, 0, (d1 + k1 - 1) * p2 * rowBytes);
  for (let sample: usize = 0; sample < samples; sample++) {
    frame(x, d1, d2, d3 * pixel, padded, p2, rowBytes, before1, before2, before3 * pixel);
    for (let i: usize = 0; i < d1; i++) {
      for (let j: usize = 0; j < d2; j += most) {
        const rows = min(most, d2 - j);
        const halo = rows + k2 - 1;
        const from = padded + (i * p2 + j) * rowBytes;
        transformBlock(from, p2 * rowBytes, rowBytes, k1, halo, tiles, channels, inputs, part);
        for (let e: usize = 0; e < PRODUCTS; e++) {
          const left = inputs + e * part;
          const right = packed + e * packedPart;
          const out = products + e * productPart;
          const count = rows * tiles;
          const step1 = halo * tileRow;
          multiplyRuns(
            left,
            pixel,
            0,
            count,
            filters,
            channels,
            k1,
            k2,
            step1,
            tileRow,
            right,
            out,
            filters << 2,
            false,
          );
        }
        for (let r: usize = 0; r < rows; r++) {
          outputRow(products + ((r * tiles * filters) << 2), productPart, tiles, d3, filters, y);
          y += (d3 * filters) << 2;
        }
      }
    }
    x += d1 * d2 * d3 * pixel;
  }
}
