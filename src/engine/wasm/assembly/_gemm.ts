// Matrix products. The right-hand matrix is packed into panels of 8 columns, so that the inner loop reads it in order;
// rows of the left-hand matrix are read where they lie. A convolution is the same product: the values below a
// filter at one position are a few runs of adjacent floats (see _convolution.ts), so its rows need no copying either.

/** Bytes of one packed row of a panel: 8 floats. */
export const PANEL: usize = 32;

/** Rows whose left-hand side stays in the cache while all panels pass. */
const BLOCK: usize = 32;

function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * A 4 x 8 tile: sum over runs and over k of row_i[k] * panel[k], written to or added to four output rows.
 * Run (i, j) of a row begins i * step1 + j * step2 bytes after its pointer and has `run` floats.
 */
function tile(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  run: usize,
  runs1: usize,
  runs2: usize,
  step1: usize,
  step2: usize,
  panel: usize,
  o0: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  add: bool,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (let i: usize = 0; i < runs1; i++) {
    for (let j: usize = 0; j < runs2; j++) {
      const offset = i * step1 + j * step2;
      let a0 = p0 + offset;
      let a1 = p1 + offset;
      let a2 = p2 + offset;
      let a3 = p3 + offset;
      const end = a0 + (run << 2);
      // Not unrolled: V8 then spills registers, and loses a third of the speed.
      while (a0 < end) {
        const b0 = v128.load(panel);
        const b1 = v128.load(panel, 16);
        let a = v128.load32_splat(a0);
        c00 = madd(c00, a, b0);
        c01 = madd(c01, a, b1);
        a = v128.load32_splat(a1);
        c10 = madd(c10, a, b0);
        c11 = madd(c11, a, b1);
        a = v128.load32_splat(a2);
        c20 = madd(c20, a, b0);
        c21 = madd(c21, a, b1);
        a = v128.load32_splat(a3);
        c30 = madd(c30, a, b0);
        c31 = madd(c31, a, b1);
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        panel += PANEL;
      }
    }
  }
  if (add) {
    c00 = f32x4.add(c00, v128.load(o0));
    c01 = f32x4.add(c01, v128.load(o0, 16));
    c10 = f32x4.add(c10, v128.load(o1));
    c11 = f32x4.add(c11, v128.load(o1, 16));
    c20 = f32x4.add(c20, v128.load(o2));
    c21 = f32x4.add(c21, v128.load(o2, 16));
    c30 = f32x4.add(c30, v128.load(o3));
    c31 = f32x4.add(c31, v128.load(o3, 16));
  }
  v128.store(o0, c00);
  v128.store(o0, c01, 16);
  v128.store(o1, c10);
  v128.store(o1, c11, 16);
  v128.store(o2, c20);
  v128.store(o2, c21, 16);
  v128.store(o3, c30);
  v128.store(o3, c31, 16);
}

/** Where a tile writes what is not wanted, and partial panels on their way. */
const spare: usize = memory.data(128, 16);

/** A tile with fewer than 8 columns or 4 rows, by way of `spare`. */
function edgeTile(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  run: usize,
  runs1: usize,
  runs2: usize,
  step1: usize,
  step2: usize,
  panel: usize,
  out: usize,
  outStride: usize,
  rows: usize,
  columns: usize,
  add: bool,
): void {
  tile(p0, p1, p2, p3, run, runs1, runs2, step1, step2, panel, spare, spare + 32, spare + 64, spare + 96, false);
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      const place = out + i * outStride + (j << 2);
      const value = load<f32>(spare + (i << 5) + (j << 2));
      store<f32>(place, add ? load<f32>(place) + value : value);
    }
  }
}

/** Where row m of the left-hand side begins: from a table of byte offsets, or by a fixed distance. */
function rowAt(left: usize, stride: usize, table: usize, m: usize): usize {
  return left + (table != 0 ? <usize>load<u32>(table + (m << 2)) : m * stride);
}

/**
 * out[m, n] (+)= sum_k left[m, k] right[k, n] for all m < rows and n < columns.
 * The rows of `left` are runs as in `tile`, `right` is packed with depth runs1 * runs2 * run.
 */
export function multiplyRuns(
  left: usize,
  leftStride: usize,
  table: usize,
  rows: usize,
  columns: usize,
  run: usize,
  runs1: usize,
  runs2: usize,
  step1: usize,
  step2: usize,
  packed: usize,
  out: usize,
  outStride: usize,
  add: bool,
): void {
  const panelBytes = runs1 * runs2 * run * PANEL;
  const last = rows - 1;
  for (let block: usize = 0; block < rows; block += BLOCK) {
    const end = min(block + BLOCK, rows);
    let panel = packed;
    for (let n: usize = 0; n < columns; n += 8) {
      for (let m = block; m < end; m += 4) {
        const p0 = rowAt(left, leftStride, table, m);
        const p1 = rowAt(left, leftStride, table, min(m + 1, last));
        const p2 = rowAt(left, leftStride, table, min(m + 2, last));
        const p3 = rowAt(left, leftStride, table, min(m + 3, last));
        const o = out + m * outStride + (n << 2);
        if (m + 4 <= rows && n + 8 <= columns) {
          const o1 = o + outStride;
          const o2 = o1 + outStride;
          tile(p0, p1, p2, p3, run, runs1, runs2, step1, step2, panel, o, o1, o2, o2 + outStride, add);
        } else {
          const height = min<usize>(4, rows - m);
          const width = min<usize>(8, columns - n);
          edgeTile(p0, p1, p2, p3, run, runs1, runs2, step1, step2, panel, o, outStride, height, width, add);
        }
      }
      panel += panelBytes;
    }
  }
}

/** out (+)= left [rows, depth] right [depth, columns]; strides in bytes. */
export function multiply(
  left: usize,
  leftStride: usize,
  rows: usize,
  depth: usize,
  columns: usize,
  packed: usize,
  out: usize,
  outStride: usize,
  add: bool,
): void {
  multiplyRuns(left, leftStride, 0, rows, columns, depth, 1, 1, 0, 0, packed, out, outStride, add);
}

/** Packs right [depth, columns] into panels of 8 columns, the last filled up with zeros. */
export function pack(right: usize, rightStride: usize, depth: usize, columns: usize, packed: usize): void {
  for (let n: usize = 0; n < columns; n += 8) {
    const width = min<usize>(8, columns - n);
    for (let k: usize = 0; k < depth; k++) {
      const from = right + k * rightStride + (n << 2);
      if (width == 8) {
        v128.store(packed, v128.load(from));
        v128.store(packed, v128.load(from, 16), 16);
      } else {
        memory.fill(packed, 0, PANEL);
        memory.copy(packed, from, width << 2);
      }
      packed += PANEL;
    }
  }
}

/** Packs the transpose of source [columns, depth]. */
export function packTransposed(source: usize, sourceStride: usize, depth: usize, columns: usize, packed: usize): void {
  for (let n: usize = 0; n < columns; n += 8) {
    const width = min<usize>(8, columns - n);
    if (width < 8) memory.fill(packed, 0, depth * PANEL);
    for (let j: usize = 0; j < width; j++) {
      const from = source + (n + j) * sourceStride;
      const to = packed + (j << 2);
      for (let k: usize = 0; k < depth; k++) store<f32>(to + k * PANEL, load<f32>(from + (k << 2)));
    }
    packed += depth * PANEL;
  }
}

/** out [columns, rows] = the transpose of source [rows, columns]; strides in bytes. */
export function transpose(
  source: usize,
  sourceStride: usize,
  rows: usize,
  columns: usize,
  out: usize,
  outStride: usize,
): void {
  for (let column: usize = 0; column < columns; column += 16) {
    const end = min(column + 16, columns);
    for (let row: usize = 0; row < rows; row++) {
      const from = source + row * sourceStride;
      for (let k = column; k < end; k++) store<f32>(out + k * outStride + (row << 2), load<f32>(from + (k << 2)));
    }
  }
}

/** Sets each row of out [rows, columns] to `bias`. */
export function fillRows(out: usize, rows: usize, columns: usize, bias: usize): void {
  for (let m: usize = 0; m < rows; m++) memory.copy(out + m * (columns << 2), bias, columns << 2);
}

/** out[n] = sum_m x[m, n], in float64. */
export function sumRows(x: usize, rows: usize, columns: usize, out: usize): void {
  const stride = columns << 2;
  for (let n: usize = 0; n < columns; n += 4) {
    let low = f64x2.splat(0);
    let high = low;
    let from = x + (n << 2);
    for (let m: usize = 0; m < rows; m++, from += stride) {
      const row = v128.load(from);
      low = f64x2.add(low, f64x2.promote_low_f32x4(row));
      high = f64x2.add(
        high,
        f64x2.promote_low_f32x4(i8x16.shuffle(row, row, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)),
      );
    }
    store<f32>(out + (n << 2), <f32>f64x2.extract_lane(low, 0));
    if (n + 1 < columns) store<f32>(out + (n << 2), <f32>f64x2.extract_lane(low, 1), 4);
    if (n + 2 < columns) store<f32>(out + (n << 2), <f32>f64x2.extract_lane(high, 0), 8);
    if (n + 3 < columns) store<f32>(out + (n << 2), <f32>f64x2.extract_lane(high, 1), 12);
  }
}
