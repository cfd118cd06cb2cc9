import type { NumericArray, Tensors } from '../artifact.ts';
import { ArtifactError, describe, isRecord } from './artifact-error.ts';
import { parseJson } from './canonical-json.ts';
import {
  type ElementType,
  bytesOf,
  checkNumericArray,
  elementTypeOf,
  elementTypes,
  isDimension,
  numbersAt,
  sizeOfShape,
} from './numeric-array.ts';

const metadataKey = '__metadata__';

/** Checks that a value is `Tensors`: named arrays, and metadata of strings. */
export function checkTensors(value: unknown): asserts value is Tensors {
  if (!isRecord(value) || !isRecord(value.tensors) || !isRecord(value.metadata)) {
    throw new ArtifactError(`is not tensors of { tensors, metadata }, but ${describe(value)}`);
  }
  for (const [name, tensor] of Object.entries(value.tensors)) {
    if (name === metadataKey)
      throw new ArtifactError(`has a tensor named ${metadataKey}, which the format keeps for itself`);
    within(`tensor '${name}'`, () => checkNumericArray(tensor));
  }
  for (const [name, text] of Object.entries(value.metadata)) {
    if (typeof text !== 'string')
      throw new ArtifactError(`has metadata '${name}' that is ${describe(text)}: only strings can be kept`);
  }
}

/**
 * Writes tensors as a safetensors file, byte for byte as the reference implementation does: by element size, type and
 * name, so that every tensor is aligned. Format: https://github.com/huggingface/safetensors
 */
export function encodeSafetensors(value: Tensors): Uint8Array {
  checkTensors(value);
  const laid = layOut(value.tensors);
  const header: [string, unknown][] = laid.entries.map(({ name, tensor, begin, end }) => [
    name,
    { dtype: elementTypeOf(tensor.data).safetensors, shape: tensor.shape, data_offsets: [begin, end] },
  ]);
  const metadata = Object.entries(value.metadata).sort(([a], [b]) => compare(a, b));
  if (metadata.length > 0) header.unshift([metadataKey, Object.fromEntries(metadata)]);
  const text = Buffer.from(
    `{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`,
  );
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + laid.size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  for (const { tensor, begin } of laid.entries) bytes.set(bytesOf(tensor.data), 8 + headerLength + begin);
  return bytes;
}

/** Reads a safetensors file of F32, F64, I32 and U8 tensors. Their data are views of `bytes` where they are aligned. */
export function decodeSafetensors(bytes: Uint8Array): Tensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerLength = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  const dataStart = 8 + headerLength;
  if (dataStart > bytes.length) {
    throw new ArtifactError(
      `is not a safetensors file, or a truncated one: ${bytes.length} bytes do not hold its header`,
    );
  }
  const header = within('the header', () => parseJson(bytes.subarray(8, dataStart)));
  if (!isRecord(header)) throw new ArtifactError('is not a safetensors file: its header is not a JSON object');
  const { [metadataKey]: metadata = {}, ...entries } = header;
  const data = bytes.subarray(dataStart);
  const tensors: [string, NumericArray][] = Object.entries(entries).map(([name, entry]) => [
    name,
    within(`tensor '${name}'`, () => readTensor(entry, data)),
  ]);
  checkCoverage(entries, data.length);
  return { tensors: Object.fromEntries(tensors), metadata: readMetadata(metadata) };
}

interface Entry {
  readonly name: string;
  readonly tensor: NumericArray;
  readonly begin: number;
  readonly end: number;
}

function layOut(tensors: Tensors['tensors']): { readonly entries: readonly Entry[]; readonly size: number } {
  const sorted = Object.entries(tensors).sort(
    ([a, x], [b, y]) => place(elementTypeOf(x.data)) - place(elementTypeOf(y.data)) || compare(a, b),
  );
  let size = 0;
  const entries = sorted.map(([name, tensor]) => {
    const begin = size;
    size += tensor.data.byteLength;
    return { name, tensor, begin, end: size };
  });
  return { entries, size };
}

/** The format's order of types: larger elements first. */
const order = ['F64', 'F32', 'I32', 'U8'];
const place = ({ safetensors }: ElementType): number => order.indexOf(safetensors);

function readTensor(entry: unknown, data: Uint8Array): NumericArray {
  const { dtype, shape, begin, end } = readEntry(entry);
  const type = elementTypes.find(({ safetensors }) => safetensors === dtype);
  if (type === undefined) throw new ArtifactError(`is of type ${dtype}: only F32, F64, I32 and U8 are read`);
  const size = sizeOfShape(shape);
  if (end - begin !== size * type.bytes || end > data.length) {
    throw new ArtifactError(
      `has shape [${shape.join(', ')}], which takes ${size * type.bytes} bytes, but bytes ${begin} to ${end} of ${data.length}`,
    );
  }
  return { shape, data: numbersAt(data, begin, size, type) };
}

function readEntry(entry: unknown): { dtype: string; shape: readonly number[]; begin: number; end: number } {
  if (isRecord(entry)) {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (typeof dtype === 'string' && Array.isArray(shape) && shape.every(isDimension) && Array.isArray(offsets)) {
      const [begin, end] = offsets as unknown[];
      if (isDimension(begin) && isDimension(end) && offsets.length === 2) return { dtype, shape, begin, end };
    }
  }
  throw new ArtifactError(`has a header entry that is not { dtype, shape, data_offsets }: ${JSON.stringify(entry)}`);
}

/** The format allows no holes and no overlaps, so that a file has one meaning. */
function checkCoverage(entries: Readonly<Record<string, unknown>>, length: number): void {
  const ranges = Object.values(entries)
    .map(readEntry)
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { begin, end } of ranges) {
    if (begin !== covered) throw new ArtifactError(`has a hole or an overlap in its data at byte ${covered}`);
    covered = end;
  }
  if (covered !== length) throw new ArtifactError(`has ${length} bytes of data, but its tensors take ${covered}`);
}

function readMetadata(metadata: unknown): Tensors['metadata'] {
  if (!isRecord(metadata)) throw new ArtifactError('has metadata that is not a JSON object');
  const entries = Object.entries(metadata).map(([name, text]): [string, string] => {
    if (typeof text !== 'string') throw new ArtifactError(`has metadata '${name}' that is ${describe(text)}`);
    return [name, text];
  });
  return Object.fromEntries(entries);
}

function within<T>(part: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ArtifactError) throw new ArtifactError(`: ${part} ${error.message}`);
    throw error;
  }
}

/** By UTF-16 code units, whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
