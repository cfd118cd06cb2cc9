import { describe, expect, test } from 'vitest';
import { randomStream } from '../../../src/stage/index.ts';
import { glorotUniform, heNormal, lstmBias, orthogonal } from '../../../stages/network/initialise.ts';

const random = () => randomStream('initialise');

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}

describe('initial weights', () => {
  test('for leaky ReLU have the variance of He et al.', () => {
    expect(meanSquare(heNormal(40_000, 50, 0.1, random()))).toBeCloseTo(2 / (1.01 * 50), 3);
  });

  test('for tanh have the variance of Glorot and Bengio, within their limit', () => {
    const values = glorotUniform(40_000, 30, 50, random());
    expect(meanSquare(values)).toBeCloseTo(2 / 80, 3);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 80));
  });

  test('of the recurrence have orthonormal rows', () => {
    const [rows, columns] = [12, 48];
    const values = orthogonal(rows, columns, random());
    for (let one = 0; one < rows; one++) {
      for (let other = 0; other <= one; other++) {
        let product = 0;
        for (let at = 0; at < columns; at++) {
          product += (values[one * columns + at] ?? 0) * (values[other * columns + at] ?? 0);
        }
        expect(product).toBeCloseTo(one === other ? 1 : 0, 6);
      }
    }
  });

  test('open the forget gate', () => {
    expect(lstmBias(2)).toEqual(Float32Array.of(0, 0, 1, 1, 0, 0, 0, 0));
  });
});
