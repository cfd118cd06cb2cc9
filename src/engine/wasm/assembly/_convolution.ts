// Convolutions over three spatial axes with channels last; a 2d convolution has a first axis of length 1. A sample is
// copied into a frame of zeros; then the values below a filter at one position are kernel1 * kernel2 runs of
// kernel3 * channels adjacent floats.
import { multiplyRuns, PANEL } from './_gemm';

/** Positions whose values and output gradients stay in the cache while all tiles of the filter gradient pass. */
const BLOCK: usize = 192;

/** Copies a sample [d1, d2, d3 * channels] into the middle of its frame, whose border is zero already. */
export function frame(
  x: usize,
  d1: usize,
  d2: usize,
  rowBytes: usize,
  padded: usize,
  p2: usize,
  paddedRowBytes: usize,
  before1: usize,
  before2: usize,
  beforeBytes: usize,
): void {
  for (let i: usize = 0; i < d1; i++) {
    for (let j: usize = 0; j < d2; j++) {
      const to = padded + ((i + before1) * p2 + j + before2) * paddedRowBytes + beforeBytes;
      memory.copy(to, x + (i * d2 + j) * rowBytes, rowBytes);
    }
  }
}

/** Byte offset in the frame of what lies below the filter, for each position of a sample. */
function fillTable(table: usize, d1: usize, d2: usize, d3: usize, p2: usize, p3: usize, channels: usize): void {
  for (let i: usize = 0; i < d1; i++) {
    for (let j: usize = 0; j < d2; j++) {
      for (let k: usize = 0; k < d3; k++) {
        store<u32>(table, <u32>((((i * p2 + j) * p3 + k) * channels) << 2));
        table += 4;
      }
    }
  }
}

/**
 * y [samples, d1, d2, d3, filters] from x [samples, d1, d2, d3, channels] and a packed filter.
 * @param padded (d1 + k1 - 1) (d2 + k2 - 1) (d3 + k3 - 1) channels floats
 * @param table d1 d2 d3 integers
 * @param before1 zeros before the first axis, of k1 - 1 altogether; so for the others
 */
export function convolution(
  x: usize,
  samples: usize,
  d1: usize,
  d2: usize,
  d3: usize,
  channels: usize,
  k1: usize,
  k2: usize,
  k3: usize,
  before1: usize,
  before2: usize,
  before3: usize,
  filters: usize,
  packed: usize,
  padded: usize,
  table: usize,
  y: usize,
): void {
  const p2 = d2 + k2 - 1;
  const p3 = d3 + k3 - 1;
  const positions = d1 * d2 * d3;
  const pixel = channels << 2;
  const row = p3 * pixel;
  memory.fill(padded, 0, (d1 + k1 - 1) * p2 * row);
  fillTable(table, d1, d2, d3, p2, p3, channels);
  for (let sample: usize = 0; sample < samples; sample++) {
    frame(x, d1, d2, d3 * pixel, padded, p2, row, before1, before2, before3 * pixel);
    const stride = filters << 2;
    multiplyRuns(padded, 0, table, positions, filters, k3 * channels, k1, k2, p2 * row, row, packed, y, stride, false);
    x += positions * pixel;
    y += positions * stride;
  }
}

/** out [k1, k2, k3, filters, channels] = filter [k1, k2, k3, channels, filters] turned around on its spatial axes. */
export function flip(filter: usize, taps: usize, channels: usize, filters: usize, out: usize): void {
  for (let tap: usize = 0; tap < taps; tap++) {
    const from = filter + (((taps - 1 - tap) * channels * filters) << 2);
    const to = out + ((tap * channels * filters) << 2);
    for (let c: usize = 0; c < channels; c++) {
      for (let f: usize = 0; f < filters; f++) {
        store<f32>(to + ((f * channels + c) << 2), load<f32>(from + ((c * filters + f) << 2)));
      }
    }
  }
}

function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

function addTo(place: usize, left: v128, right: v128): void {
  v128.store(place, f32x4.add(v128.load(place), left));
  v128.store(place, f32x4.add(v128.load(place, 16), right), 16);
}

/**
 * Adds to 4 x 8 entries of the filter gradient: sum over positions of a[0..3] times d[0..7].
 * `rows` rows of `columns` positions; `a` moves by `step` a position and by `rowStep` more a row, `d` is a packed panel.
 */
function gradientTile(
  a: usize,
  step: usize,
  rowStep: usize,
  rows: usize,
  columns: usize,
  d: usize,
  out: usize,
  outStride: usize,
  height: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      const d0 = v128.load(d);
      const d1 = v128.load(d, 16);
      let value = v128.load32_splat(a);
      c00 = madd(c00, value, d0);
      c01 = madd(c01, value, d1);
      value = v128.load32_splat(a, 4);
      c10 = madd(c10, value, d0);
      c11 = madd(c11, value, d1);
      value = v128.load32_splat(a, 8);
      c20 = madd(c20, value, d0);
      c21 = madd(c21, value, d1);
      value = v128.load32_splat(a, 12);
      c30 = madd(c30, value, d0);
      c31 = madd(c31, value, d1);
      a += step;
      d += PANEL;
    }
    a += rowStep;
  }
  addTo(out, c00, c01);
  if (height > 1) addTo(out + outStride, c10, c11);
  if (height > 2) addTo(out + 2 * outStride, c20, c21);
  if (height > 3) addTo(out + 3 * outStride, c30, c31);
}

/** Packs the gradients of some positions [positions, filters] into panels of 8 filters. */
function packGradients(dy: usize, positions: usize, filters: usize, packed: usize): void {
  const stride = filters << 2;
  for (let f: usize = 0; f < filters; f += 8) {
    const width = min<usize>(8, filters - f);
    let from = dy + (f << 2);
    for (let m: usize = 0; m < positions; m++) {
      if (width == 8) {
        v128.store(packed, v128.load(from));
        v128.store(packed, v128.load(from, 16), 16);
      } else {
        memory.fill(packed, 0, PANEL);
        memory.copy(packed, from, width << 2);
      }
      from += stride;
      packed += PANEL;
    }
  }
}

/**
 * Gradient of the filter, rows padded to a multiple of 8: sums [k1 k2 k3 channels, ceil8(filters)].
 * @param packed room for max(d3, 192) * ceil8(filters) floats
 */
export function filterGradient(
  x: usize,
  dy: usize,
  samples: usize,
  d1: usize,
  d2: usize,
  d3: usize,
  channels: usize,
  k1: usize,
  k2: usize,
  k3: usize,
  before1: usize,
  before2: usize,
  before3: usize,
  filters: usize,
  padded: usize,
  packed: usize,
  sums: usize,
): void {
  const p2 = d2 + k2 - 1;
  const p3 = d3 + k3 - 1;
  const pixel = channels << 2;
  const row = p3 * pixel;
  const wide = (filters + 7) & ~7;
  const run = k3 * channels;
  const rowsInBlock = max<usize>(1, BLOCK / d3);
  memory.fill(padded, 0, (d1 + k1 - 1) * p2 * row);
  memory.fill(sums, 0, (k1 * k2 * run * wide) << 2);
  for (let sample: usize = 0; sample < samples; sample++) {
    frame(x, d1, d2, d3 * pixel, padded, p2, row, before1, before2, before3 * pixel);
    for (let i: usize = 0; i < d1; i++) {
      for (let j: usize = 0; j < d2; j += rowsInBlock) {
        const rows = min(rowsInBlock, d2 - j);
        packGradients(dy, rows * d3, filters, packed);
        dy += (rows * d3 * filters) << 2;
        for (let t1: usize = 0; t1 < k1; t1++) {
          for (let t2: usize = 0; t2 < k2; t2++) {
            const a = padded + ((i + t1) * p2 + j + t2) * row;
            const out = sums + (((t1 * k2 + t2) * run * wide) << 2);
            blockGradient(a, pixel, (k3 - 1) * pixel, rows, d3, packed, out, run, wide);
          }
        }
      }
    }
    x += d1 * d2 * d3 * pixel;
  }
}

/** The part of one block of positions in the gradient of one run of the filter. */
export function blockGradient(
  a: usize,
  step: usize,
  rowStep: usize,
  rows: usize,
  columns: usize,
  packed: usize,
  out: usize,
  run: usize,
  wide: usize,
): void {
  const panelBytes = rows * columns * PANEL;
  for (let k: usize = 0; k < run; k += 4) {
    const height = min<usize>(4, run - k);
    let panel = packed;
    for (let f: usize = 0; f < wide; f += 8) {
      const place = out + ((k * wide + f) << 2);
      gradientTile(a + (k << 2), step, rowStep, rows, columns, panel, place, wide << 2, height);
      panel += panelBytes;
    }
  }
}

/** out [rows, columns] from sums [rows, wide]. */
export function narrow(sums: usize, rows: usize, wide: usize, columns: usize, out: usize): void {
  for (let k: usize = 0; k < rows; k++) {
    memory.copy(out + ((k * columns) << 2), sums + ((k * wide) << 2), columns << 2);
  }
}
