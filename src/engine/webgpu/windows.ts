import type { EngineTensor } from '../../stage/engine.ts';
import { sizeOf, threeAxes, type Axes } from '../shape.ts';

/** Windows of max-pooling over a tensor [n, ...spatial, channels]. */
export interface Windows {
  readonly size: Axes;
  readonly pool: Axes;
  readonly pooled: Axes;
  readonly channels: number;
  /** Of all samples. */
  readonly positions: number;
  readonly outputShape: readonly number[];
}

export function windowsOf(x: EngineTensor, pool: readonly number[]): Windows {
  const [samples = 0, ...spatial] = x.shape.slice(0, -1);
  const channels = x.shape.at(-1) ?? 0;
  if (pool.length !== spatial.length) throw new Error(`${pool.length} pool sizes for ${spatial.length} spatial axes`);
  const pooled = spatial.map((length, axis) => Math.floor(length / (pool[axis] ?? 1)));
  return {
    size: threeAxes(spatial),
    pool: threeAxes(pool),
    pooled: threeAxes(pooled),
    channels,
    positions: samples * sizeOf(spatial),
    outputShape: [samples, ...pooled, channels],
  };
}

/** The lengths are constants of the program, so that its divisions by them become cheap. */
export function windowConstants({ size, pool, pooled, channels }: Windows): string {
  const axes = (name: string, [a, b, d]: Axes) =>
    `const ${name}A = ${a}u; const ${name}B = ${b}u; const ${name}D = ${d}u;`;
  return `${axes('size', size)} ${axes('pool', pool)} ${axes('pooled', pooled)} const channels = ${channels}u;
  const window = ${sizeOf(pool)}u;
  /** Index in x of a place in the window of output i. */
  fn placeOf(i: u32, place: u32) -> u32 {
    let channel = i % channels;
    let d = (i / channels) % pooledD;
    let b = (i / (channels * pooledD)) % pooledB;
    let a = (i / (channels * pooledD * pooledB)) % pooledA;
    let sample = i / (channels * pooledD * pooledB * pooledA);
    let placeA = a * poolA + place / (poolB * poolD);
    let placeB = b * poolB + place / poolD % poolB;
    let placeD = d * poolD + place % poolD;
    return (((sample * sizeA + placeA) * sizeB + placeB) * sizeD + placeD) * channels + channel;
  }`;
}

/** Names the constants. */
export function windowKey({ size, pool, channels }: Windows): string {
  return `[${size.join(', ')}] by [${pool.join(', ')}], ${channels} channels`;
}
