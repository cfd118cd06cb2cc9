import { twiddleFactors } from './fourier.ts';
import { morletSpectrum, transformLength, type Morlet } from './morlet.ts';

/** What is computed from each frame. */
export interface Transform extends Morlet {
  /** Samples. */
  readonly frameLength: number;
  /** In samples. */
  readonly scales: readonly number[];
  /** Strips of equal length; divides the frame's length. */
  readonly strips: number;
  /** The result is ln(x + offset); as it is when undefined. */
  readonly logOffset: number | undefined;
}

/** Frames that the kernel computes at once. */
export const framesAtOnce = 4;

export interface Kernel {
  /** Four frames, sample by sample: the value of frame f at time t is at 4 t + f. Written by the caller. */
  readonly frames: Float32Array;
  /** Values of a frame: scales x strips. */
  readonly values: number;
  /** Computes the strip means of |W| of the four frames: a view, [4, scales, strips], until the next call. */
  run(): Float32Array;
}

/** What `assembly/kernel.ts` exports. All arguments but the offset of the logarithm are addresses and counts. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  fillFrames(frames: number, count: number, size: number, data: number): void;
  forward(data: number, size: number, table: number): void;
  magnitudesOfScale(
    spectrum: number,
    gains: number,
    size: number,
    work: number,
    table: number,
    magnitudes: number,
    count: number,
  ): void;
  sumStrips(magnitudes: number, strips: number, stripLength: number, sums: number): void;
  logarithm(values: number, count: number, offset: number): void;
  separateFrames(values: number, count: number, to: number): void;
}

/**
 * Prepares the tables of a transform and the WebAssembly program that uses them.
 *
 * @param program bytes of `build/kernel.wasm`
 */
export async function createKernel(program: Uint8Array, transform: Transform): Promise<Kernel> {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(program));
  const exports = instance.exports as unknown as Exports;
  const { frameLength, strips, scales, logOffset } = transform;
  const lengths = scales.map((scale) => transformLength(frameLength, scale, transform.sigma));
  const longest = Math.max(...lengths);
  const values = scales.length * strips;
  const memory = createLayout(exports.memory);
  const frames = memory.floats(frameLength * 4);
  const spectrum = memory.floats(longest * 8);
  const work = memory.floats(longest * 8);
  const magnitudes = memory.floats(frameLength * 4);
  const means = memory.floats(values * 4);
  const result = memory.floats(values * 4);
  const table = memory.filled(twiddleFactors(longest / 4));
  const gains = lengths.map((length, index) => memory.filled(gainsOf(transform, scales[index] ?? 1, length)));
  return {
    frames: memory.view(frames, frameLength * 4),
    values,
    run() {
      exports.fillFrames(frames, frameLength, longest, spectrum);
      exports.forward(spectrum, longest, table);
      for (const [index, length] of lengths.entries()) {
        exports.magnitudesOfScale(spectrum, gains[index] ?? 0, length, work, table, magnitudes, frameLength);
        exports.sumStrips(magnitudes, strips, frameLength / strips, means + index * strips * 16);
      }
      if (logOffset !== undefined) exports.logarithm(means, values, logOffset);
      exports.separateFrames(means, values, result);
      return memory.view(result, values * 4);
    },
  };
}

/** What the spectrum of the frames is multiplied by, so that the sum of the magnitudes in a strip is their mean. */
function gainsOf(transform: Transform, scale: number, length: number): Float32Array {
  const factor = transform.strips / (transform.frameLength * length);
  return Float32Array.from(morletSpectrum(transform, scale, transform.frameLength, length), (gain) => gain * factor);
}

/** Hands out pieces of a WebAssembly memory, one after the other. Views are valid until the next piece. */
function createLayout(memory: WebAssembly.Memory) {
  const pageBytes = 65536;
  const alignment = 64;
  // The program keeps its own constants below.
  let free = 1024;
  const floats = (count: number): number => {
    const address = free;
    free += Math.ceil((count * 4) / alignment) * alignment;
    const missing = free - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return address;
  };
  const view = (address: number, count: number) => new Float32Array(memory.buffer, address, count);
  const filled = (values: Float32Array): number => {
    const address = floats(values.length);
    view(address, values.length).set(values);
    return address;
  };
  return { floats, filled, view };
}
