import type { EngineDataset, EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** Rows in the arrays that they came in, so that there is one copy of them and no limit of 4 GB. */
export class WasmDataset implements EngineDataset {
  readonly rowShape: readonly number[];
  readonly #rows: Float32Array[] = [];

  constructor(rowShape: readonly number[]) {
    this.rowShape = [...rowShape];
  }

  get rows(): number {
    return this.#rows.length;
  }

  add(values: Float32Array): void {
    const size = sizeOf(this.rowShape);
    if (values.length % size !== 0) throw new Error(`${values.length} numbers are no rows of ${size}`);
    for (let start = 0; start < values.length; start += size) this.#rows.push(values.subarray(start, start + size));
  }

  row(index: number): Float32Array {
    const row = this.#rows[index];
    if (!row) throw new Error(`row ${index} of ${this.#rows.length}`);
    return row;
  }

  dispose(): void {
    this.#rows.length = 0;
  }
}

export function gather(
  arena: Arena,
  kernels: Kernels,
  data: EngineDataset,
  rows: readonly number[],
  mean: EngineTensor,
  scale: EngineTensor,
): EngineTensor {
  if (!(data instanceof WasmDataset)) throw new Error('this data set belongs to another engine');
  const output = arena.make([rows.length, ...data.rowShape]);
  const size = sizeOf(data.rowShape);
  const view = arena.view(output);
  rows.forEach((row, index) => view.set(data.row(row), index * size));
  const width = sizeOf(mean.shape);
  kernels.standardise(arena.at(output), view.length / width, width, arena.at(mean), arena.at(scale));
  return output;
}
