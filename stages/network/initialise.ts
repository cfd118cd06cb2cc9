import type { RandomStream } from '../../src/stage/index.ts';

// Zeros where there is no stream: for weights that trained ones take the place of.

/** Normal with variance 2 / ((1 + leak^2) inputs), for leaky ReLU: He et al., Delving deep into rectifiers, 2015. */
export function heNormal(size: number, inputs: number, leak: number, random: RandomStream | undefined): Float32Array {
  if (random === undefined) return new Float32Array(size);
  const deviation = Math.sqrt(2 / ((1 + leak * leak) * inputs));
  return Float32Array.from({ length: size }, () => deviation * random.normal());
}

/** Uniform within sqrt(6 / (inputs + outputs)): Glorot and Bengio, 2010. */
export function glorotUniform(
  size: number,
  inputs: number,
  outputs: number,
  random: RandomStream | undefined,
): Float32Array {
  if (random === undefined) return new Float32Array(size);
  const limit = Math.sqrt(6 / (inputs + outputs));
  return Float32Array.from({ length: size }, () => limit * (2 * random.uniform() - 1));
}

/** Orthonormal rows, rows <= columns, by Gram-Schmidt in float64: Saxe et al., 2014; for recurrent weights. */
export function orthogonal(rows: number, columns: number, random: RandomStream | undefined): Float32Array {
  if (random === undefined) return new Float32Array(rows * columns);
  const result: Float64Array[] = [];
  while (result.length < rows) {
    const row = Float64Array.from({ length: columns }, () => random.normal());
    // Twice is enough: Kahan, cited in Parlett, The symmetric eigenvalue problem.
    for (let round = 0; round < 2; round++) for (const other of result) subtractPart(row, other);
    const length = Math.sqrt(dot(row, row));
    if (length > 1e-6) result.push(row.map((value) => value / length));
  }
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    return result[Math.floor(at / columns)]?.[at % columns] ?? 0;
  });
}

/** Zeros, but 1 for the forget gate: Jozefowicz et al., 2015. Gates in the order input, forget, cell, output. */
export function lstmBias(units: number): Float32Array {
  return new Float32Array(4 * units).fill(1, units, 2 * units);
}

function subtractPart(row: Float64Array, unit: Float64Array): void {
  const part = dot(row, unit);
  for (let at = 0; at < row.length; at++) row[at] = (row[at] ?? 0) - part * (unit[at] ?? 0);
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
