import type { Dispatch, Gpu } from './gpu.ts';
import { main, MOST_GROUPS, u32 } from './wgsl.ts';

/** A matrix product whose factors and result are wherever the code says; z is the group's third axis. */
export interface Product {
  readonly key: string;
  readonly arrays: Dispatch['arrays'];
  readonly numbers?: Dispatch['numbers'];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Products side by side, on z. */
  readonly count?: number;
  /** The depth is divided among the products side by side, so many to each; they are to be summed afterwards. */
  readonly depthOfEach?: number;
  /** Which index of the first factor's numbers lie beside each other. */
  readonly beside: 'row' | 'depth';
  /**
   * Declares `fn left(z: u32, row: u32, k: u32) -> f32`, `fn right(z: u32, k: u32, column: u32) -> f32` and
   * `fn store(z: u32, row: u32, column: u32, value: f32)`; they are called within the bounds only.
   */
  code(): string;
}

/** Depth of the tiles that a group keeps in its memory. */
const DEPTH = 16;
/** Rows of each thread; its columns are the four of one vector. */
const ROWS = 4;

/**
 * Matrix products of our own, for those that tfjs would need several dispatches for: with a bias, of both directions of an
 * LSTM, or with the rows of a convolution's windows, read where they lie. Tiles in the group's memory, 4 x 4 sums a thread.
 */
export function product(gpu: Gpu, { key, arrays, numbers, rows, columns, depth, ...options }: Product): void {
  const { across, down } = shapeOf(columns);
  const depthOfEach = options.depthOfEach ?? depth;
  const columnGroups = Math.ceil(columns / (4 * across));
  const rowGroups = Math.ceil(rows / (ROWS * down));
  // Where the second axis is too short, the first goes on.
  const folds = Math.ceil(rowGroups / MOST_GROUPS);
  gpu.run({
    key: `${key}, ${across} threads across`,
    arrays,
    numbers: {
      rows: u32(rows),
      columns: u32(columns),
      depth: u32(depth),
      depthOfEach: u32(depthOfEach),
      columnGroups: u32(columnGroups),
      ...numbers,
    },
    groups: [columnGroups * folds, Math.ceil(rowGroups / folds), options.count ?? 1],
    code: () => options.code() + tiles(across, down, options.beside, options.depthOfEach !== undefined),
  });
}

/** 64 threads of a group, in a shape that wastes few columns. */
function shapeOf(columns: number): { across: number; down: number } {
  const across = columns <= 16 ? 4 : 8;
  return { across, down: 64 / across };
}

function tiles(across: number, down: number, beside: Product['beside'], split: boolean): string {
  const threads = across * down;
  const height = ROWS * down;
  const each = Array.from({ length: ROWS }, (_, row) => row);
  const [k, row] = beside === 'depth' ? [`i % ${DEPTH}u`, `i / ${DEPTH}u`] : [`i / ${height}u`, `i % ${height}u`];
  return `
  // One more than the height, so that neighbours lie in different banks.
  var<workgroup> lefts: array<f32, ${DEPTH * (height + 1)}>;
  var<workgroup> rights: array<vec4<f32>, ${DEPTH * across}>;
  fn rightOf(z: u32, k: u32, column: u32, end: u32) -> f32 {
    if (k < end && column < numbers.columns) { return right(z, k, column); }
    return 0.0;
  }
  ${main(threads)} {
    let x = thread % ${across}u;
    let y = thread / ${across}u;
    let z = group.z;
    let firstRow = (group.x / numbers.columnGroups * groups.y + group.y) * ${height}u;
    let firstColumn = group.x % numbers.columnGroups * ${4 * across}u;
    let start = ${split ? 'z * numbers.depthOfEach' : '0u'};
    let end = min(numbers.depth, start + numbers.depthOfEach);
    ${each.map((at) => `var sum${at} = vec4<f32>();`).join('\n')}
    for (var first = start; first < end; first += ${DEPTH}u) {
      for (var i = thread; i < ${DEPTH * height}u; i += ${threads}u) {
        let k = ${k};
        let row = ${row};
        var value = 0.0;
        if (first + k < end && firstRow + row < numbers.rows) { value = left(z, firstRow + row, first + k); }
        lefts[k * ${height + 1}u + row] = value;
      }
      for (var i = thread; i < ${DEPTH * across}u; i += ${threads}u) {
        let k = first + i / ${across}u;
        let column = firstColumn + 4u * (i % ${across}u);
        rights[i] = vec4<f32>(rightOf(z, k, column, end), rightOf(z, k, column + 1u, end),
                              rightOf(z, k, column + 2u, end), rightOf(z, k, column + 3u, end));
      }
      workgroupBarrier();
      for (var k = 0u; k < ${DEPTH}u; k++) {
        let factor = rights[k * ${across}u + x];
        let at = k * ${height + 1}u + y * ${ROWS}u;
        ${each.map((at) => `sum${at} += lefts[at + ${at}u] * factor;`).join('\n')}
      }
      workgroupBarrier();
    }
    let column = firstColumn + 4u * x;
    let row = firstRow + y * ${ROWS}u;
    ${each.map((at) => `storeFour(z, row + ${at}u, column, sum${at});`).join('\n')}
  }
  fn storeFour(z: u32, row: u32, column: u32, values: vec4<f32>) {
    if (row >= numbers.rows) { return; }
    for (var i = 0u; i < 4u; i++) {
      if (column + i < numbers.columns) { store(z, row, column + i, values[i]); }
    }
  }`;
}
