import { describe, expect, test } from 'vitest';
import { fitScaling } from '../../../stages/network/index.ts';

describe('the scaling', () => {
  test('is the mean and population deviation of each scale and strip', () => {
    const features = Float32Array.of(1, 10, 3, 10, 5, 10, 7, 10);
    const { mean, deviation } = fitScaling([{ features, frames: [2, 2] }], [2, 1, 2]);
    expect(mean).toEqual(Float32Array.of(4, 10));
    expect(deviation).toEqual(Float32Array.of(Math.sqrt(5), 1));
  });

  test('leaves out padding, over several utterances', () => {
    const one = { features: Float32Array.of(1, 99, 99), frames: [1] };
    const two = { features: Float32Array.of(3, 5, 99, 99, 99, 99), frames: Int32Array.of(2, 0) };
    const { mean, deviation } = fitScaling([one, two], [3, 1, 1]);
    expect(mean).toEqual(Float32Array.of(3));
    expect(deviation[0]).toBeCloseTo(Math.sqrt(8 / 3), 6);
  });

  test('keeps its precision far from zero', () => {
    const features = Float32Array.from({ length: 20_000 }, (_, at) => 4096 + (at % 2));
    const { mean, deviation } = fitScaling([{ features, frames: [20_000] }], [20_000, 1, 1]);
    expect(mean[0]).toBe(4096.5);
    expect(deviation[0]).toBe(0.5);
  });

  test('of nothing changes nothing', () => {
    expect(fitScaling([], [5, 1, 1])).toEqual({ mean: Float32Array.of(0), deviation: Float32Array.of(1) });
  });
});
