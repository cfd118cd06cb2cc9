import type { EngineDataset, EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import { collectGarbage } from './garbage.ts';
import type { Tensors } from './tensors.ts';

/** Bytes that are given over to TensorFlow before the arrays that they came in are collected. */
const COLLECT_EVERY = 64e6;

/**
 * Rows as they were given, and from the first batch on as standardised tensors, one a row: a batch is then one copy, and
 * the rows are in memory once.
 */
export class TensorflowDataset implements EngineDataset {
  readonly rowShape: readonly number[];
  readonly #tensors: Tensors;
  readonly #given: Float32Array[] = [];
  readonly #ids: number[] = [];
  #scaling: { readonly mean: Float32Array; readonly scale: Float32Array } | undefined;
  #rows = 0;

  constructor(tensors: Tensors, rowShape: readonly number[]) {
    this.#tensors = tensors;
    this.rowShape = [...rowShape];
  }

  get rows(): number {
    return this.#rows;
  }

  add(values: Float32Array): void {
    const size = sizeOf(this.rowShape);
    if (values.length % size !== 0) throw new Error(`${values.length} numbers are no rows of ${size}`);
    this.#rows += values.length / size;
    this.#given.push(values);
  }

  /** A batch of standardised rows. */
  gather(rows: readonly number[], mean: EngineTensor, scale: EngineTensor): EngineTensor {
    const { operations, adopt } = this.#tensors;
    const wrong = rows.find((row) => !(row >= 0 && row < this.#rows));
    if (wrong !== undefined) throw new Error(`row ${wrong} of ${this.#rows}`);
    this.#requireScaling(mean, scale);
    this.#standardise(mean, scale);
    return operations.frame((keep) => {
      const ids = rows.map((row) => this.#ids[row] ?? 0);
      const batch = operations.run('Pack', { T: operations.float, N: ids.length, axis: 0 }, ...ids);
      return adopt(keep(batch), [rows.length, ...this.rowShape]);
    });
  }

  dispose(): void {
    this.#tensors.operations.free(...this.#ids);
    this.#ids.length = 0;
    this.#given.length = 0;
    this.#rows = 0;
  }

  /** The rows as they were given are gone after the first batch. */
  #requireScaling(mean: EngineTensor, scale: EngineTensor): void {
    const { operations, at } = this.#tensors;
    const wanted = { mean: operations.read(at(mean)), scale: operations.read(at(scale)) };
    const known = (this.#scaling ??= wanted);
    const same = (one: Float32Array, other: Float32Array) => one.every((value, index) => value === other[index]);
    if (same(known.mean, wanted.mean) && same(known.scale, wanted.scale)) return;
    throw new Error('the rows of a data set of the tensorflow engine can be standardised in one way only');
  }

  #standardise(mean: EngineTensor, scale: EngineTensor): void {
    let bytes = 0;
    for (let values = this.#given.shift(); values; values = this.#given.shift()) {
      this.#ids.push(...this.#standardised(values, this.#tensors.at(mean), this.#tensors.at(scale)));
      bytes += values.byteLength;
      const last = this.#given.length === 0;
      if (bytes < (last ? COLLECT_EVERY / 4 : COLLECT_EVERY)) continue;
      collectGarbage();
      bytes = 0;
    }
  }

  #standardised(values: Float32Array, mean: number, scale: number): number[] {
    const { run, runMany, floats, frame, float } = this.#tensors.operations;
    const count = values.length / sizeOf(this.rowShape);
    return frame((keep) => {
      const given = floats([count, ...this.rowShape], values);
      const scaled = run('Mul', { T: float }, run('Sub', { T: float }, given, mean), scale);
      return runMany('Unpack', count, { T: float, num: count, axis: 0 }, [scaled]).map(keep);
    });
  }
}
