import fc from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { closeness } from '../../src/reproduce/closeness.ts';
import type { Json, NumericArray } from '../../src/stage/index.ts';
import { encodeArtifact } from '../../src/stage/codecs/index.ts';

const json = (a: Json, b: Json) => closeness('json', encodeArtifact('json', a), encodeArtifact('json', b));
const array = (a: NumericArray, b: NumericArray) =>
  closeness('array', encodeArtifact('array', a), encodeArtifact('array', b));
const floats = (...numbers: number[]): NumericArray => ({ shape: [numbers.length], data: Float64Array.from(numbers) });
const tensors = (names: Readonly<Record<string, NumericArray>>, metadata: Readonly<Record<string, string>> = {}) =>
  encodeArtifact('tensors', { tensors: names, metadata });

describe('how far two arrays are apart', () => {
  test('is the largest difference by the largest magnitude', () => {
    expect(array(floats(1, -4, 0), floats(1, -4, 0.002))).toEqual({ relative: 0.0005 });
    expect(array(floats(0, 0), floats(0, -0))).toEqual({ relative: 0 });
    expect(array(floats(1), floats(-1))).toEqual({ relative: 2 });
  });

  test('does not depend on which is the first, or on their scale', () => {
    const pair = fc.array(
      fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(pair, (pairs) => {
        const [a, b] = [floats(...pairs.map(([x]) => x)), floats(...pairs.map(([, y]) => y))];
        const there = array(a, b);
        expect(array(b, a)).toEqual(there);
        if (!('relative' in there)) throw new Error(there.incomparable);
        expect(there.relative).toBeLessThanOrEqual(2);
        // A power of two changes no digit, but for the smallest of numbers.
        const twice = ({ shape, data }: NumericArray) => ({
          shape,
          data: Float64Array.from(data, (value) => 2 * value),
        });
        expect(array(twice(a), twice(b))).toEqual(there);
      }),
    );
  });

  test.each<[string, NumericArray, NumericArray, RegExp]>([
    ['shape', floats(1, 2), floats(1), /shape \[2\] and \[1\]/],
    ['type of numbers', floats(1), { shape: [1], data: Float32Array.of(1) }, /type of numbers/],
    ['whole number', { shape: [1], data: Int32Array.of(1) }, { shape: [1], data: Int32Array.of(2) }, /whole numbers/],
    ['number that is none', floats(NaN), floats(1), /not finite/],
    ['infinite number', floats(Infinity), floats(1), /not finite/],
  ])('cannot be told for another %s', (_, a, b, reason) => {
    expect(array(a, b)).toEqual({ incomparable: expect.stringMatching(reason) as string });
  });

  test('counts equal numbers that are not finite as equal', () => {
    expect(array(floats(NaN, Infinity, 4), floats(NaN, Infinity, 3))).toEqual({ relative: 0.25 });
  });
});

describe('how far other artifacts are apart', () => {
  test('tensors by the farthest of them, each in its own scale', () => {
    const a = tensors({ kernel: floats(1, 2), bias: floats(100) });
    const b = tensors({ kernel: floats(1, 2.002), bias: floats(100.001) });
    expect(closeness('tensors', a, b)).toEqual({ relative: expect.closeTo(0.002 / 2.002, 12) as number });
  });

  test('tensors of other names or metadata not at all', () => {
    expect(closeness('tensors', tensors({ a: floats(1) }), tensors({ b: floats(1) }))).toHaveProperty('incomparable');
    const [one, other] = [tensors({ a: floats(1) }, { classes: 'x' }), tensors({ a: floats(1) }, { classes: 'y' })];
    expect(closeness('tensors', one, other)).toEqual({ incomparable: 'other metadata' });
  });

  test('waveforms as arrays', () => {
    const wave = (sampleRate: number, ...samples: number[]) =>
      encodeArtifact('waveform', { sampleRate, samples: Float32Array.from(samples) });
    expect(closeness('waveform', wave(16000, 0.5, 0.25), wave(16000, 0.5, 0.5))).toEqual({ relative: 0.5 });
    expect(closeness('waveform', wave(16000, 0.5), wave(8000, 0.5))).toHaveProperty('incomparable');
  });

  test('JSON by its numbers, small ones as they are', () => {
    expect(json({ uar: 0.5, list: [1, 'a', null] }, { uar: 0.501, list: [1, 'a', null] })).toEqual({
      relative: expect.closeTo(0.001, 12) as number,
    });
    expect(json(1000, 1001)).toEqual({ relative: expect.closeTo(1 / 1001, 12) as number });
  });

  test.each<[Json, Json, RegExp]>([
    [{ a: { b: 'x' } }, { a: { b: 'y' } }, /at a\.b/],
    [[1, 2], [1], /at the top/],
    [{ a: 1 }, { b: 1 }, /no a/],
    [[], {}, /at the top/],
    [{ a: 1 }, { a: '1' }, /at a/],
    [{ a: null }, { a: {} }, /at a/],
  ])('JSON %j and %j not at all', (a, b, reason) => {
    expect(json(a, b)).toEqual({ incomparable: expect.stringMatching(reason) as string });
  });

  test('files, and bytes that are no such artifact, not at all', () => {
    const bytes = Buffer.from('text');
    expect(closeness('file', bytes, Buffer.from('test'))).toEqual({ incomparable: 'other bytes' });
    for (const type of ['array', 'tensors', 'waveform', 'json'] as const)
      expect(closeness(type, bytes, Buffer.from('test'))).toHaveProperty('incomparable');
  });
});
