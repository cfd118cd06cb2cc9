import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import normalise from '../../stages/normalise.ts';
import { dataErrorOf } from '../support/data-error.ts';
import { parameters, stageContext } from './rig.ts';

const run = (samples: Float32Array) =>
  normalise.run({ audio: { sampleRate: 16000, samples } }, parameters(normalise, {}), stageContext());

describe('normalise', () => {
  it('brings each signal to mean 0 and variance 1', async () => {
    const sample = fc.float({ min: -1, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { minLength: 2, maxLength: 200 }),
        fc.float({ min: -5, max: 5, noNaN: true }),
        async (values, offset) => {
          const samples = Float32Array.from(values, (value) => value + offset);
          fc.pre(Math.max(...samples) - Math.min(...samples) > 1e-3);
          const { audio } = await run(samples);
          const mean = audio.samples.reduce((sum, value) => sum + value, 0) / audio.samples.length;
          const square = audio.samples.reduce((sum, value) => sum + value * value, 0) / audio.samples.length;
          expect(mean).toBeCloseTo(0, 5);
          expect(square).toBeCloseTo(1, 5);
        },
      ),
    );
  });

  it('gives known values', async () => {
    const { audio } = await run(Float32Array.of(1, 3));
    expect(audio).toEqual({ sampleRate: 16000, samples: Float32Array.of(-1, 1) });
  });

  it('does not depend on how loud the recording is', async () => {
    const samples = Float32Array.from({ length: 999 }, (_, index) => Math.sin(index * index));
    const quiet = await run(samples.map((value) => value / 4096));
    expect(quiet).toEqual(await run(samples));
  });

  it.each([
    ['silence', new Float32Array(100)],
    ['a constant', new Float32Array(100).fill(0.1)],
    ['one sample', Float32Array.of(0.3)],
    ['no samples', new Float32Array()],
  ])('refuses %s', (_, samples) => {
    expect(dataErrorOf(() => run(samples)).code).toBe('constant-signal');
  });

  it('refuses NaN', () => {
    expect(dataErrorOf(() => run(Float32Array.of(0, NaN, 1))).code).toBe('non-finite-samples');
  });
});
