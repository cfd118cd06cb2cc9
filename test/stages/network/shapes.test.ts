import { describe, expect, test } from 'vitest';
import { planNetwork } from '../../../stages/network/shapes.ts';
import { configuration } from './configuration.ts';

const segment = [166, 64, 20];

describe('the shape of the network', () => {
  test.each([
    { depth: 3, steps: 20, features: 8 * 64 },
    { depth: 4, steps: 20, features: 4 * 64 },
    { depth: 5, steps: 20, features: 2 * 128 },
    { depth: 6, steps: 20, features: 128 },
  ])('at depth $depth leaves $steps steps of $features numbers', ({ depth, steps, features }) => {
    const plan = planNetwork(configuration({ depth }), segment);
    expect(plan).toMatchObject({ steps, features, framesPerStep: 8 });
    expect(plan.blocks).toHaveLength(depth);
  });

  test('in 3d pools strips as well', () => {
    const plan = planNetwork(configuration({ convolution: '3d' }), segment);
    expect(plan).toMatchObject({ input: [166, 64, 20, 1], steps: 20, features: 8 * 2 * 32 });
    expect(plan.blocks[0]).toEqual({ filters: 8, kernel: [5, 3, 3], pool: [2, 2, 2], channels: 1 });
  });

  test('follows lists for each block', () => {
    const lists = { filters: [3, 4, 5], kernels: [1, 2, 3].map((k) => [k, 7]), pools: [1, 5, 2].map((p) => [p, 4]) };
    const plan = planNetwork(configuration(lists), segment);
    expect(plan).toMatchObject({ steps: 16, features: 5, framesPerStep: 10 });
    expect(plan.blocks[1]).toEqual({ filters: 4, kernel: [2, 7], pool: [5, 4], channels: 3 });
  });

  test.each([
    [{ filters: [1, 2] }, 'network.filters has 2 entries for 3 blocks.'],
    [{ kernels: [[3, 3]] }, 'network.kernels has 1 entries for 3 blocks.'],
    [{ pools: [1, 1, 1].map(() => [2, 2, 2]) }, 'but convolution: 2d needs [frames, scales].'],
    [
      { convolution: '3d' as const, kernels: [1, 1, 1].map(() => [3, 3]) },
      'but convolution: 3d needs [frames, scales, strips].',
    ],
    [
      { pools: [1, 1, 1].map(() => [8, 2]) },
      'Nothing is left for the LSTM: block 3 pools by [8, 2] what is [2, 16] there.',
    ],
  ])('refuses %o', (changes, message) => {
    expect(() => planNetwork(configuration(changes), segment)).toThrow(message);
  });

  test('refuses an input that is too small for the depth', () => {
    expect(() => planNetwork(configuration({ depth: 6 }), [166, 32, 20])).toThrow('block 6 pools by [1, 2]');
  });
});
