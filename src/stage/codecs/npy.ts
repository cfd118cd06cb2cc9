import type { NumericArray } from '../artifact.ts';
import { ArtifactError } from './artifact-error.ts';
import {
  bytesOf,
  checkNumericArray,
  elementTypeOf,
  elementTypes,
  isDimension,
  numbersAt,
  sizeOfShape,
} from './numeric-array.ts';

const magic = '\x93NUMPY';
/** NumPy pads the header so that the data starts at a multiple of this. */
const alignment = 64;

/**
 * Writes an array as a NumPy .npy file, version 1.0, little endian, C order.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy(array: NumericArray): Uint8Array {
  checkNumericArray(array);
  const type = elementTypeOf(array.data);
  const dimensions = array.shape.join(', ') + (array.shape.length === 1 ? ',' : '');
  const dictionary = `{'descr': '${type.numpy}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const dataStart = Math.ceil((10 + dictionary.length + 1) / alignment) * alignment;
  if (dataStart - 10 > 0xffff)
    throw new ArtifactError(`has ${array.shape.length} dimensions, too many for a .npy file`);
  const bytes = new Uint8Array(dataStart + array.data.byteLength);
  const header = `${magic}\x01\x00__${dictionary.padEnd(dataStart - 11)}\n`;
  Buffer.from(bytes.buffer).write(header, 'latin1');
  new DataView(bytes.buffer).setUint16(8, dataStart - 10, true);
  bytes.set(bytesOf(array.data), dataStart);
  return bytes;
}

/**
 * Reads a .npy file of any version with float32, float64, int32 or uint8 numbers in C order.
 * The data is a view of `bytes` where it is aligned.
 */
export function decodeNpy(bytes: Uint8Array): NumericArray {
  const { dictionary, dataStart } = readHeader(bytes);
  const descr = /'descr':\s*'([^']*)'/.exec(dictionary)?.[1];
  const type = elementTypes.find(({ numpy }) => numpy === descr);
  if (type === undefined) {
    throw new ArtifactError(
      `holds numbers of type ${descr ?? 'unknown'}: save float32, float64, int32 or uint8 in little endian (<f4, <f8, <i4, |u1)`,
    );
  }
  const shape = readShape(dictionary);
  if (/'fortran_order':\s*True/.test(dictionary) && shape.length > 1) {
    throw new ArtifactError('is in Fortran order: save it in C order (numpy.ascontiguousarray)');
  }
  const size = sizeOfShape(shape);
  const expected = size * type.bytes;
  const found = bytes.length - dataStart;
  if (found !== expected) {
    throw new ArtifactError(
      `has shape [${shape.join(', ')}], which takes ${expected} bytes, but ${found} follow its header`,
    );
  }
  return { shape, data: numbersAt(bytes, dataStart, size, type) };
}

function readHeader(bytes: Uint8Array): { readonly dictionary: string; readonly dataStart: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (text.toString('latin1', 0, magic.length) !== magic) {
    throw new ArtifactError(`is not a .npy file: it does not start with \\x93NUMPY (${bytes.length} bytes)`);
  }
  const version = bytes[6] ?? 0;
  const headerStart = version === 1 ? 10 : 12;
  if (version < 1 || version > 3) throw new ArtifactError(`is a .npy file of the unknown version ${version}`);
  if (bytes.length < headerStart) throw new ArtifactError('is a .npy file that ends within its header');
  const dataStart = headerStart + (version === 1 ? text.readUInt16LE(8) : text.readUInt32LE(8));
  if (bytes.length < dataStart) throw new ArtifactError('is a .npy file that ends within its header');
  return { dictionary: text.toString('latin1', headerStart, dataStart), dataStart };
}

function readShape(dictionary: string): readonly number[] {
  const list = /'shape':\s*\(([^)]*)\)/.exec(dictionary)?.[1];
  const shape = list
    ?.split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  if (!shape?.every(isDimension)) {
    throw new ArtifactError(`has a .npy header without a shape: ${dictionary.trim()}`);
  }
  return shape;
}
