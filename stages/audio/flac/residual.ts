import type { BitReader } from './bit-reader.ts';
import { damaged } from './damage.ts';

/**
 * Reads the Rice-coded residual of a subframe (RFC 9639, 9.2.7) into `samples`, from index `order` on.
 *
 * Throws `DataError` `flac-damaged`.
 */
export function readResidual(reader: BitReader, samples: Float64Array, order: number): void {
  const method = reader.unsigned(2);
  const partitions = 1 << reader.unsigned(4);
  const size = samples.length / partitions;
  if (method > 1 || !Number.isInteger(size) || size < order) throw damaged('a residual is not valid');
  const parameterWidth = method === 0 ? 4 : 5;
  const escape = (1 << parameterWidth) - 1;
  for (let partition = 0; partition < partitions; partition++) {
    const values = samples.subarray(partition === 0 ? order : partition * size, (partition + 1) * size);
    const parameter = reader.unsigned(parameterWidth);
    if (parameter === escape) readPlain(reader, values);
    else readRice(reader, values, parameter);
  }
}

function readPlain(reader: BitReader, values: Float64Array): void {
  const width = reader.unsigned(5);
  for (let index = 0; index < values.length; index++) values[index] = reader.signed(width);
}

function readRice(reader: BitReader, values: Float64Array, parameter: number): void {
  for (let index = 0; index < values.length; index++) {
    const folded = reader.rice(parameter);
    values[index] = (folded >>> 1) ^ -(folded & 1);
  }
}
