import type { ArtifactType, Json, NumericArray, Tensors, Waveform } from '../stage/index.ts';
import { decodeArtifact } from '../stage/codecs/index.ts';

/**
 * How far two artifacts of other bytes are apart. `relative` is the largest difference of two numbers: in an array, a tensor or
 * a waveform of floating-point numbers divided by the largest magnitude in it; in JSON by the larger of both, at least 1.
 */
export type Closeness = { readonly relative: number } | { readonly incomparable: string };

/** Compares the values that two artifacts' bytes hold. Text, whole numbers in arrays, and shapes must be the same. */
export function closeness(type: ArtifactType, recorded: Uint8Array, made: Uint8Array): Closeness {
  try {
    switch (type) {
      case 'array':
        return arrays(decodeArtifact('array', recorded), decodeArtifact('array', made));
      case 'tensors':
        return tensors(decodeArtifact('tensors', recorded), decodeArtifact('tensors', made));
      case 'waveform':
        return waveforms(decodeArtifact('waveform', recorded), decodeArtifact('waveform', made));
      case 'json':
        return json(decodeArtifact('json', recorded), decodeArtifact('json', made), '');
      case 'file':
        return { incomparable: 'other bytes' };
    }
  } catch (error) {
    return { incomparable: error instanceof Error ? error.message : String(error) };
  }
}

function arrays(a: NumericArray, b: NumericArray): Closeness {
  if (a.shape.join() !== b.shape.join())
    return { incomparable: `shape [${a.shape.join(', ')}] and [${b.shape.join(', ')}]` };
  if (a.data.constructor !== b.data.constructor) return { incomparable: 'another type of numbers' };
  const isFloating = a.data instanceof Float32Array || a.data instanceof Float64Array;
  let [largest, scale] = [0, 0];
  for (let index = 0; index < a.data.length; index++) {
    const [x = 0, y = 0] = [a.data[index], b.data[index]];
    if (Object.is(x, y)) continue;
    if (!isFloating) return { incomparable: 'other whole numbers' };
    if (!Number.isFinite(x) || !Number.isFinite(y)) return { incomparable: 'numbers that are not finite' };
    largest = Math.max(largest, Math.abs(x - y));
  }
  if (largest === 0) return { relative: 0 };
  for (const data of [a.data, b.data])
    for (const value of data) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  return { relative: largest / scale };
}

function tensors(a: Tensors, b: Tensors): Closeness {
  const names = Object.keys(a.tensors);
  if (names.sort().join() !== Object.keys(b.tensors).sort().join()) return { incomparable: 'other tensors' };
  if (JSON.stringify(Object.entries(a.metadata).sort()) !== JSON.stringify(Object.entries(b.metadata).sort()))
    return { incomparable: 'other metadata' };
  return farthest(
    names.map((name) => {
      const [one, other] = [a.tensors[name], b.tensors[name]];
      if (one === undefined || other === undefined) return { incomparable: `no tensor ${name}` };
      const found = arrays(one, other);
      return 'incomparable' in found ? { incomparable: `${name}: ${found.incomparable}` } : found;
    }),
  );
}

function waveforms(a: Waveform, b: Waveform): Closeness {
  if (a.sampleRate !== b.sampleRate) return { incomparable: `${a.sampleRate} and ${b.sampleRate} samples a second` };
  const array = ({ samples }: Waveform): NumericArray => ({ shape: [samples.length], data: samples });
  return arrays(array(a), array(b));
}

function json(a: Json, b: Json, path: string): Closeness {
  if (typeof a === 'number' && typeof b === 'number')
    return { relative: Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b)) };
  if (!isTree(a) || !isTree(b))
    return a === b ? { relative: 0 } : { incomparable: `other values at ${path || 'the top'}` };
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length)
    return { incomparable: `other values at ${path || 'the top'}` };
  return farthest(
    keys.map((key) => {
      const [one, other] = [a[key], b[key]];
      const place = path === '' ? key : `${path}.${key}`;
      return one === undefined || other === undefined ? { incomparable: `no ${place}` } : json(one, other, place);
    }),
  );
}

const isTree = (value: Json): value is Readonly<Record<string, Json>> => typeof value === 'object' && value !== null;

function farthest(all: readonly Closeness[]): Closeness {
  let relative = 0;
  for (const found of all) {
    if ('incomparable' in found) return found;
    relative = Math.max(relative, found.relative);
  }
  return { relative };
}
