import { twiddleFactors } from './fourier.ts';
import { planLowRate, type LowRatePlan } from './low-rate.ts';
import { morletSpectrum, transformLength, type Morlet } from './morlet.ts';
import { binBytes, planBytes } from './plan-bytes.ts';

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
  fillFrames(frames: number, count: number, size: number, turns: number, data: number): void;
  forward(data: number, size: number, table: number): void;
  inverseMagnitudes(
    spectrum: number,
    gains: number,
    size: number,
    work: number,
    table: number,
    magnitudes: number,
    count: number,
  ): void;
  lowRateMagnitudes(
    plan: number,
    spectrum: number,
    one: number,
    other: number,
    table: number,
    magnitudes: number,
  ): void;
  sumStrips(magnitudes: number, strips: number, stripLength: number, sums: number): void;
  logarithm(values: number, count: number, offset: number): void;
  separateFrames(values: number, count: number, to: number): void;
}

/** Values before the first that interpolation may need: each level adds up to five to half of what the next needs. */
const before = 16;

/**
 * Prepares the tables of a transform and the WebAssembly program that uses them.
 *
 * @param program bytes of `build/kernel.wasm`
 */
export async function createKernel(program: Uint8Array, transform: Transform): Promise<Kernel> {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(program));
  const exports = instance.exports as unknown as Exports;
  const { frameLength, strips, scales, logOffset } = transform;
  const base = transformLength(frameLength, 0, 0);
  const values = scales.length * strips;
  const memory = createLayout(exports.memory);
  const frames = memory.floats(frameLength * 4);
  const spectrum = memory.floats(3 * base * 8);
  const [one = 0, other = 0] = [1, 2].map(() => memory.floats((2 * base + 2 * before) * 8) + before * 32);
  // One more, as interpolation gives an even number.
  const magnitudes = memory.floats((frameLength + 1) * 4);
  const means = memory.floats(values * 4);
  const result = memory.floats(values * 4);
  const table = memory.filled(twiddleFactors(base / 2));
  const plans = scales.map((scale) => planScale(transform, scale, base));
  const turns = turnsOf(base).slice(0, Math.max(...plans.map(({ blocks }) => blocks)));
  const turnTables = turns.map((turn) => (turn === undefined ? 0 : memory.filled(turn)));
  const magnitudesOf = plans.map(({ low, gains }) => {
    if (low !== undefined) {
      const bins = memory.filledBytes(binBytes(low, strips / frameLength));
      const plan = memory.filledBytes(planBytes(low, bins));
      return () => exports.lowRateMagnitudes(plan, spectrum, one, other, table, magnitudes);
    }
    const [address, size] = [memory.filled(gains), gains.length];
    return () => exports.inverseMagnitudes(spectrum, address, size, one, table, magnitudes, frameLength);
  });
  return {
    frames: memory.view(frames, frameLength * 4),
    values,
    run() {
      turnTables.forEach((turn, block) => {
        exports.fillFrames(frames, frameLength, base, turn, spectrum + block * base * 32);
        exports.forward(spectrum + block * base * 32, base, table);
      });
      magnitudesOf.forEach((compute, index) => {
        compute();
        exports.sumStrips(magnitudes, strips, frameLength / strips, means + index * strips * 16);
      });
      if (logOffset !== undefined) exports.logarithm(means, values, logOffset);
      exports.separateFrames(means, values, result);
      return memory.view(result, values * 4);
    },
  };
}

/** One scale: by a transform at a low rate where its band is narrow enough, else by one at the full rate. */
type ScalePlan = { readonly blocks: number } & (
  { readonly low: LowRatePlan; readonly gains?: undefined } | { readonly low?: undefined; readonly gains: Float32Array }
);

function planScale(transform: Transform, scale: number, base: number): ScalePlan {
  const low = planLowRate(transform, scale, transform.frameLength, base);
  if (low !== undefined) return { blocks: low.padding === 4 ? 3 : low.padding, low };
  const length = transformLength(transform.frameLength, scale, transform.sigma);
  return { blocks: length / base, gains: gainsOf(transform, scale, length) };
}

/**
 * The spectrum of the frames in blocks: the transform of the base length; together with the second that of twice the length,
 * with the third half of what is missing to that of four times the length. What the frames are multiplied by before each.
 */
function turnsOf(base: number): (Float32Array | undefined)[] {
  const turn = (times: number) =>
    Float32Array.from({ length: 2 * base }, (_, index) => {
      const angle = (-Math.PI * times * (index >> 1)) / (2 * base);
      return index % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
    });
  return [undefined, turn(2), turn(1)];
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
  const bytes = (count: number): number => {
    const address = free;
    free += Math.ceil(count / alignment) * alignment;
    const missing = free - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return address;
  };
  const floats = (count: number) => bytes(count * 4);
  const view = (address: number, count: number) => new Float32Array(memory.buffer, address, count);
  const filledBytes = (values: Uint8Array): number => {
    const address = bytes(values.length);
    new Uint8Array(memory.buffer).set(values, address);
    return address;
  };
  const filled = (values: Float32Array) =>
    filledBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { floats, filled, filledBytes, view };
}
