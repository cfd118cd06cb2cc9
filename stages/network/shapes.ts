import { DataError } from '../../src/stage/index.ts';
import type { NetworkConfig } from './config.ts';

/** One feature learning block, with what it makes of its input. Spatial axes: frames, scales and, in 3d, strips. */
export interface BlockPlan {
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly pool: readonly number[];
  /** Channels of the block's input. */
  readonly channels: number;
}

export interface NetworkPlan {
  readonly blocks: readonly BlockPlan[];
  /** [frames, scales, strips] with 2d, [frames, scales, strips, 1] with 3d: without samples. */
  readonly input: readonly number[];
  /** Steps of the sequence, and the numbers of each. */
  readonly steps: number;
  readonly features: number;
  /** Frames of the input in one step. */
  readonly framesPerStep: number;
}

const filters2d = [16, 32, 64, 64, 128, 128];
const filters3d = [8, 16, 32, 32, 64, 64];

/**
 * Fills in what the configuration leaves to `depth`: filters grow from 16 to 128 (3d: half); kernels are 5 x 3, then
 * 3 x 3; every block pools scales by 2, the first three pool frames by 2, so that 8 frames make a step at any depth;
 * in 3d the kernel covers 3 strips and the first three blocks pool strips by 2.
 * Throws `DataError` when lists do not fit `depth` or a block leaves nothing.
 */
export function planNetwork(config: NetworkConfig, input: readonly number[]): NetworkPlan {
  const axes = config.convolution === '3d' ? 3 : 2;
  const filters = listOf(
    config,
    'filters',
    config.filters ?? (axes === 3 ? filters3d : filters2d).slice(0, config.depth),
  );
  const kernels = listOf(config, 'kernels', config.kernels ?? perBlock(config, (index) => [index === 0 ? 5 : 3, 3, 3]));
  const pools = listOf(
    config,
    'pools',
    config.pools ?? perBlock(config, (index) => (index < 3 ? [2, 2, 2] : [1, 2, 1])),
  );
  const shape = axes === 3 ? [...input, 1] : [...input];
  const blocks: BlockPlan[] = [];
  let spatial = shape.slice(0, -1);
  let channels = shape.at(-1) ?? 1;
  filters.forEach((count, index) => {
    const kernel = fitted(config, 'kernels', kernels[index] ?? [], axes, config.kernels !== undefined);
    const pool = fitted(config, 'pools', pools[index] ?? [], axes, config.pools !== undefined);
    const pooled = spatial.map((length, axis) => Math.floor(length / (pool[axis] ?? 1)));
    if (pooled.some((length) => length === 0)) throw nothingLeft(index, spatial, pool);
    blocks.push({ filters: count, kernel, pool, channels });
    spatial = pooled;
    channels = count;
  });
  const [steps = 0, ...rest] = spatial;
  return {
    blocks,
    input: shape,
    steps,
    features: rest.reduce((product, length) => product * length, channels),
    framesPerStep: blocks.reduce((product, { pool }) => product * (pool[0] ?? 1), 1),
  };
}

function perBlock(config: NetworkConfig, make: (index: number) => number[]): number[][] {
  const axes = config.convolution === '3d' ? 3 : 2;
  return Array.from({ length: config.depth }, (_, index) => make(index).slice(0, axes));
}

function listOf<Value>(config: NetworkConfig, name: string, list: readonly Value[]): readonly Value[] {
  if (list.length === config.depth) return list;
  throw new DataError('network-shape', `network.${name} has ${list.length} entries for ${config.depth} blocks.`, {
    advice: `Give one entry for each block, or leave ${name} out to get the default for the depth.`,
  });
}

function fitted(config: NetworkConfig, name: string, entry: readonly number[], axes: number, given: boolean) {
  if (entry.length === axes || !given) return entry;
  const wanted = axes === 3 ? '[frames, scales, strips]' : '[frames, scales]';
  throw new DataError(
    'network-shape',
    `network.${name} has the entry [${entry.join(', ')}], but convolution: ${config.convolution} needs ${wanted}.`,
  );
}

function nothingLeft(index: number, spatial: readonly number[], pool: readonly number[]): DataError {
  const axis = spatial.findIndex((length, at) => length < (pool[at] ?? 1));
  const name = ['frames', 'scales', 'strips'][axis] ?? 'frames';
  return new DataError(
    'network-shape',
    `Nothing is left for the LSTM: block ${index + 1} pools by [${pool.join(', ')}] what is [${spatial.join(', ')}] there.`,
    { advice: `Use less depth, or set network.pools so that ${name} stay at least 1.` },
  );
}
