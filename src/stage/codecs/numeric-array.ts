import type { NumericArray } from '../artifact.ts';
import { ArtifactError, describe, isRecord } from './artifact-error.ts';

/** How a kind of number is named by NumPy and by safetensors, and how its array is made of bytes. */
export interface ElementType {
  readonly numpy: string;
  readonly safetensors: string;
  readonly bytes: number;
  view(buffer: ArrayBufferLike, offset: number, length: number): NumericArray['data'];
}

/** The element types of arrays, all little endian. */
export const elementTypes: readonly ElementType[] = [
  {
    numpy: '<f4',
    safetensors: 'F32',
    bytes: 4,
    view: (buffer, offset, length) => new Float32Array(buffer, offset, length),
  },
  {
    numpy: '<f8',
    safetensors: 'F64',
    bytes: 8,
    view: (buffer, offset, length) => new Float64Array(buffer, offset, length),
  },
  {
    numpy: '<i4',
    safetensors: 'I32',
    bytes: 4,
    view: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  },
  {
    numpy: '|u1',
    safetensors: 'U8',
    bytes: 1,
    view: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  },
];

/** The element type of an array's data; throws an `ArtifactError` for other data. */
export function elementTypeOf(data: unknown): ElementType {
  const index =
    data instanceof Float32Array
      ? 0
      : data instanceof Float64Array
        ? 1
        : data instanceof Int32Array
          ? 2
          : data instanceof Uint8Array
            ? 3
            : -1;
  const type = elementTypes[index];
  if (type === undefined) {
    throw new ArtifactError(
      `is not an array: its data must be a Float32Array, Float64Array, Int32Array or Uint8Array, but is ${describe(data)}`,
    );
  }
  return type;
}

/** Checks that a value is a `NumericArray` whose data has as many numbers as its shape says. */
export function checkNumericArray(value: unknown): asserts value is NumericArray {
  if (!isRecord(value)) throw new ArtifactError(`is not an array of { shape, data }, but ${describe(value)}`);
  const { shape, data } = value;
  elementTypeOf(data);
  if (!Array.isArray(shape) || !shape.every(isDimension)) {
    throw new ArtifactError(`has the shape ${JSON.stringify(shape)}, which is not a list of whole numbers from 0`);
  }
  const size = sizeOfShape(shape);
  const length = data instanceof Object && 'length' in data ? data.length : 0;
  if (size !== length) {
    throw new ArtifactError(
      `has shape [${shape.join(', ')}], which takes ${size} numbers, but its data has ${String(length)}`,
    );
  }
}

/** How many numbers an array of this shape has; 1 for a scalar's empty shape. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

export function isDimension(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The numbers at a place in a file's bytes: a view where they are aligned, else a copy. */
export function numbersAt(bytes: Uint8Array, offset: number, count: number, type: ElementType): NumericArray['data'] {
  const start = bytes.byteOffset + offset;
  if (start % type.bytes === 0) return type.view(bytes.buffer, start, count);
  return type.view(bytes.slice(offset, offset + count * type.bytes).buffer, 0, count);
}

/** The bytes of an array's data, without a copy. */
export function bytesOf(data: NumericArray['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
