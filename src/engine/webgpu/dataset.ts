import type { EngineDataset, EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import type { Arena } from './arena.ts';
import type { Gpu } from './gpu.ts';
import { elementwise, flatGroups, u32 } from './wgsl.ts';

/** Rows that lie in one buffer of the GPU. */
interface Slab {
  readonly buffer: GPUBuffer;
  readonly first: number;
  readonly rows: number;
}

/**
 * Rows in the GPU's memory, in as few buffers as its limits allow. What is added is kept here until a batch is wanted,
 * so that thousands of utterances do not make thousands of buffers.
 */
export class GpuDataset implements EngineDataset {
  readonly rowShape: readonly number[];
  readonly #gpu: Gpu;
  readonly #rowSize: number;
  #waiting: Float32Array[] = [];
  #slabs: Slab[] = [];
  #rows = 0;

  constructor(gpu: Gpu, rowShape: readonly number[]) {
    this.#gpu = gpu;
    this.rowShape = [...rowShape];
    this.#rowSize = sizeOf(rowShape);
  }

  get rows(): number {
    return this.#rows;
  }

  add(values: Float32Array): void {
    if (values.length % this.#rowSize !== 0) {
      throw new Error(`${values.length} numbers are no rows of ${this.#rowSize}`);
    }
    if (values.length === 0) return;
    this.#rows += values.length / this.#rowSize;
    this.#waiting.push(values);
  }

  /** All rows, on the GPU. */
  slabs(): readonly Slab[] {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu.backend.device.limits;
    const most = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / (4 * this.#rowSize));
    if (most === 0) throw new Error(`a row of ${this.#rowSize} numbers is too large for this GPU`);
    while (this.#waiting.length > 0) {
      const uploaded = this.#slabs.reduce((sum, { rows }) => sum + rows, 0);
      this.#slabs.push(this.#upload(uploaded, Math.min(most, this.#rows - uploaded)));
    }
    return this.#slabs;
  }

  dispose(): void {
    // Recorded commands may use them.
    this.#gpu.flush();
    for (const { buffer } of this.#slabs) buffer.destroy();
    this.#slabs = [];
    this.#waiting = [];
    this.#rows = 0;
  }

  /** Moves the first waiting rows to the GPU. */
  #upload(first: number, rows: number): Slab {
    const { device } = this.#gpu.backend;
    const size = rows * this.#rowSize;
    const buffer = device.createBuffer({ size: 4 * size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    for (let at = 0; at < size;) {
      const values = this.#waiting.shift() ?? new Float32Array();
      const part = values.subarray(0, size - at);
      device.queue.writeBuffer(buffer, 4 * at, part);
      at += part.length;
      if (part.length < values.length) this.#waiting.unshift(values.subarray(part.length));
    }
    return { buffer, first, rows };
  }
}

/** One dispatch for each buffer that has some of the rows. */
export function gather(
  arena: Arena,
  data: EngineDataset,
  rows: readonly number[],
  mean: EngineTensor,
  scale: EngineTensor,
): EngineTensor {
  if (!(data instanceof GpuDataset)) throw new Error('this data set belongs to another engine');
  const outside = rows.find((row) => row < 0 || row >= data.rows);
  if (outside !== undefined) throw new Error(`row ${outside} of ${data.rows}`);
  const output = arena.make([rows.length, ...data.rowShape]);
  const rowSize = sizeOf(data.rowShape);
  for (const slab of data.slabs()) {
    const pairs = rows.flatMap((row, at) =>
      row >= slab.first && row < slab.first + slab.rows ? [row - slab.first, at] : [],
    );
    if (pairs.length === 0) continue;
    const size = (pairs.length / 2) * rowSize;
    arena.withIndices(pairs, (indices) => {
      arena.gpu.run({
        key: 'gather',
        arrays: {
          data: { data: slab.buffer, access: 'read', type: 'f32' },
          pairs: indices,
          mean: arena.read(mean),
          scale: arena.read(scale),
          output: arena.write(output),
        },
        numbers: { size: u32(size), rowSize: u32(rowSize), standardised: u32(sizeOf(mean.shape)) },
        groups: flatGroups(size),
        code: () =>
          elementwise(`
            let pair = i / numbers.rowSize;
            let at = i % numbers.rowSize;
            let standard = at % numbers.standardised;
            let value = data[pairs[2u * pair] * numbers.rowSize + at];
            output[pairs[2u * pair + 1u] * numbers.rowSize + at] = (value - mean[standard]) * scale[standard];`),
      });
    });
  }
  return output;
}
