import { readFileSync } from 'node:fs';
import fc from '../../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { resample } from '../../../stages/audio/resample.ts';
import { dataErrorOf } from '../../support/data-error.ts';

interface Case {
  readonly fromRate: number;
  readonly toRate: number;
  readonly length: number;
  readonly output: readonly number[];
}
const fixture = new URL('../../fixtures/audio/resampling.json', import.meta.url);
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as readonly Case[];

const tone = (frequency: number, rate: number, samples: number) =>
  Float32Array.from({ length: samples }, (_, index) => Math.sin((2 * Math.PI * frequency * index) / rate));

/** Away from the ends, where the signal is cut off. */
const inside = (samples: Float32Array) => samples.subarray(400, samples.length - 400);

const largest = (values: Iterable<number>) => [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);

it.each(cases)(
  'from $fromRate to $toRate Hz equals scipy.signal.resample_poly',
  ({ fromRate, toRate, length, output }) => {
    const samples = Float32Array.from({ length }, (_, index) => (((index * 7919) % 2003) - 1001) / 1024);
    const resampled = resample(samples, fromRate, toRate);
    expect(resampled.length).toBe(output.length);
    expect(largest(resampled.map((value, index) => value - (output[index] ?? NaN)))).toBeLessThan(2e-7);
  },
);

describe.each([48000, 44100, 96000])('from %i to 16000 Hz', (rate) => {
  it.each([100, 1000, 5000, 7400])('a tone of %i Hz keeps its height and phase within 0.0001 dB', (frequency) => {
    const resampled = inside(resample(tone(frequency, rate, rate / 4), rate, 16000));
    const ideal = inside(tone(frequency, 16000, 4000));
    expect(largest(resampled.map((value, index) => value - (ideal[index] ?? NaN)))).toBeLessThan(1.15e-5);
  });

  it.each([8000, 8300, 9000, 12345, 15900, 21000])('a tone of %i Hz leaves no alias above -100 dB', (frequency) => {
    expect(largest(inside(resample(tone(frequency, rate, rate / 4), rate, 16000)))).toBeLessThan(1e-5);
  });
});

it('fills the upper frequencies with nothing when the rate is raised', () => {
  const ideal = inside(tone(3700, 16000, 4000));
  const resampled = inside(resample(tone(3700, 8000, 2000), 8000, 16000));
  expect(largest(resampled.map((value, index) => value - (ideal[index] ?? NaN)))).toBeLessThan(1.15e-5);
});

it('gives ceil(n * to / from) samples', () => {
  const rates = fc.constantFrom(8000, 11025, 16000, 22050, 32000, 44100, 48000);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), rates, rates, (samples, from, to) => {
      expect(resample(new Float32Array(samples), from, to).length).toBe(Math.ceil((samples * to) / from));
    }),
    { numRuns: 50 },
  );
});

it('leaves a signal of the right rate as it is', () => {
  const samples = tone(100, 16000, 50);
  expect(resample(samples, 16000, 16000)).toEqual(samples);
});

it('refuses a ratio that needs a filter of no practical size', () => {
  expect(dataErrorOf(() => resample(tone(1, 9, 9), 767999, 16000)).code).toBe('unsupported-sample-rate');
});
