import type { Dispatch, Gpu } from './gpu.ts';
import { main, MOST_GROUPS, MOST_THREADS, u32 } from './wgsl.ts';

/** Sums over the rows of something with columns, in chunks of rows. */
export interface ColumnSums {
  readonly key: string;
  readonly arrays: Dispatch['arrays'];
  readonly numbers?: Dispatch['numbers'];
  readonly rows: number;
  readonly columns: number;
  /** At most so many sums of each column, of chunks of rows; 1 when left out. */
  readonly chunks?: number;
  /** What is summed: one number, or two beside each other. */
  readonly type: 'f32' | 'vec2<f32>';
  /**
   * Declares `fn value(row: u32, column: u32, first: u32) -> type`, with `first` the chunk's first row, and
   * `fn store(chunk: u32, column: u32, first: u32, end: u32, sum: type)`.
   */
  code(): string;
}

/** Chunks that a large sum is divided into: enough groups for a large GPU. */
const MOST_CHUNKS = 256;
const LEAST_ROWS = 64;

/** How many chunks are worth it, none of them empty. */
export function chunksOf(rows: number): number {
  const wanted = Math.min(MOST_CHUNKS, Math.ceil(rows / LEAST_ROWS));
  return Math.ceil(rows / rowsOfEach(rows, wanted));
}

function rowsOfEach(rows: number, chunks: number): number {
  return Math.max(1, Math.ceil(rows / chunks));
}

export function columnSums(
  gpu: Gpu,
  { key, arrays, numbers, rows, columns, chunks = 1, ...options }: ColumnSums,
): void {
  const across = columns >= 32 ? 32 : columns > 8 ? 16 : 8;
  const columnGroups = Math.ceil(columns / across);
  // Where the first axis is too short, the third goes on.
  const folds = Math.ceil(columnGroups / MOST_GROUPS);
  gpu.run({
    key: `${key}, ${across} threads across`,
    arrays,
    numbers: { rows: u32(rows), columns: u32(columns), rowsOfEach: u32(rowsOfEach(rows, chunks)), ...numbers },
    groups: [Math.ceil(columnGroups / folds), chunks, folds],
    code: () => options.code() + tree(across, options.type),
  });
}

function tree(across: number, type: ColumnSums['type']): string {
  const down = MOST_THREADS / across;
  return `
  var<workgroup> sums: array<${type}, ${MOST_THREADS}>;
  ${main(MOST_THREADS)} {
    let column = (group.z * groups.x + group.x) * ${across}u + thread % ${across}u;
    let down = thread / ${across}u;
    let first = group.y * numbers.rowsOfEach;
    let end = min(numbers.rows, first + numbers.rowsOfEach);
    var sum = ${type}();
    if (column < numbers.columns) {
      for (var row = first + down; row < end; row += ${down}u) { sum += value(row, column, first); }
    }
    sums[thread] = sum;
    workgroupBarrier();
    for (var half = ${down / 2}u; half > 0u; half /= 2u) {
      if (down < half) { sums[thread] += sums[thread + half * ${across}u]; }
      workgroupBarrier();
    }
    if (down == 0u && column < numbers.columns) { store(group.y, column, first, end, sums[thread]); }
  }`;
}
