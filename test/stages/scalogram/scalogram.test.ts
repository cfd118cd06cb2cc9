import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DataError, randomStream, type Json } from '../../../src/stage/index.ts';
import scalogram from '../../../stages/scalogram.ts';
import { parameters, stageContext } from '../rig.ts';
import { directStripMeans } from './direct-scalogram.ts';

type Options = Parameters<typeof scalogram.run>[1];

const context = stageContext();
context.asset = (path) => readFile(new URL(`../../../stages/${path}`, import.meta.url));

interface Segments {
  readonly segments: { readonly shape: readonly number[]; readonly data: Float32Array };
  readonly timing: Json;
}

function segmentsOf(validSamples: readonly number[], length: number, sampleRate = 16000): Segments {
  const random = randomStream('segments');
  const data = new Float32Array(validSamples.length * length);
  validSamples.forEach((valid, row) => {
    for (let t = 0; t < valid; t++) data[row * length + t] = random.normal();
  });
  const timing: Json = { sampleRate, validSamples, startSeconds: validSamples.map(() => 0) };
  return { segments: { shape: [validSamples.length, length], data }, timing };
}

async function run(segments: Segments, options: Partial<Options> = {}) {
  return await scalogram.run({ segments }, parameters(scalogram, options), context);
}

const failure = async (segments: Segments, options: Partial<Options>) => {
  const error = await run(segments, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DataError)) throw new Error('the parameters were accepted');
  return error;
};

describe('scalogram', () => {
  it('makes 166 frames of 64 scales and 20 strips from 2.5 s', async () => {
    const { features } = await run(segmentsOf([40000, 12000], 40000));
    expect(features.shape).toEqual([2, 166, 64, 20]);
    expect(features.data).toHaveLength(2 * 166 * 64 * 20);
  });

  it('computes each frame by itself, as the direct sum', async () => {
    const input = segmentsOf([2000, 1300], 2000);
    const { features } = await run(input, { scales: 3, strips: 5, compress: 'none' });
    const [, count = 0] = features.shape;
    expect(count).toBe(7);
    const scales = [60, Math.sqrt(60 * 7600), 7600].map((frequency) => (5 * 16000) / (2 * Math.PI * frequency));
    for (const [segment, frame] of [
      [0, 0],
      [0, 6],
      [1, 2],
      [1, 5],
    ] as const) {
      const start = segment * 2000 + frame * 240;
      const samples = input.segments.data.subarray(start, start + 400);
      const expected = scales.flatMap((scale) => directStripMeans(samples, scale, { strips: 5, omega0: 5, sigma: 1 }));
      const at = (segment * count + frame) * 15;
      const largest = Math.max(...expected);
      expected.forEach((value, index) => {
        expect(Math.abs((features.data[at + index] ?? NaN) - value)).toBeLessThan(1e-6 * largest);
      });
    }
  });

  it('counts the frames without padding, at least one', async () => {
    const { frames } = await run(segmentsOf([40000, 12000, 399, 400, 639, 640], 40000), { scales: 1 });
    expect(frames.shape).toEqual([6]);
    expect([...frames.data]).toEqual([166, 49, 1, 1, 1, 2]);
  });

  it('gives padding the value of silence', async () => {
    const { features } = await run(segmentsOf([500], 4000), { scales: 2, strips: 2 });
    expect([...features.data.subarray(-4)]).toEqual(new Array(4).fill(Math.fround(Math.log(1e-3))));
  });

  it('gives frames that overlapping segments share the same bits as in a segment alone', async () => {
    const both = segmentsOf([2800, 2800], 2800);
    both.segments.data.copyWithin(2800, 960, 2800);
    const alone = { ...both, segments: { shape: [1, 2800], data: both.segments.data.subarray(2800) } };
    const timing: Json = { sampleRate: 16000, validSamples: [2800], startSeconds: [0] };
    const { features } = await run(both, { scales: 4 });
    const second = (await run({ ...alone, timing }, { scales: 4 })).features.data;
    expect(features.data.subarray(features.data.length / 2)).toEqual(second);
    expect(features.data.subarray(4 * 80, 5 * 80)).toEqual(second.subarray(0, 80));
  });

  it('gives the same bits on every call', async () => {
    const input = segmentsOf([4000], 4000);
    const first = await run(input);
    await run(input, { scales: 3 });
    expect((await run(input)).features.data).toEqual(first.features.data);
  });

  it.each([
    { code: 'unequal-strips', options: { strips: 30 }, says: /400 samples.*30 strips/ },
    { code: 'frequency-above-nyquist', options: { maxFrequency: 8001 }, says: /8001 Hz.*16000 Hz.*8000 Hz/ },
    { code: 'empty-band', options: { minFrequency: 7600 }, says: /7600 and maxFrequency 7600/ },
    { code: 'frames-do-not-move', options: { frameOverlapSeconds: 0.025 }, says: /0\.025 s at 16000 Hz/ },
    { code: 'segment-shorter-than-frame', options: { frameSeconds: 0.2 }, says: /3200 samples.*only 2000/ },
  ])('refuses parameters that cannot work: $code', async ({ code, options, says }) => {
    const error = await failure(segmentsOf([2000], 2000), options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    expect(error.advice).toBeTruthy();
  });

  it('names the strips that would fit', async () => {
    expect((await failure(segmentsOf([2000], 2000), { strips: 30 })).advice).toContain('25 or 40');
  });

  it.each([NaN, Infinity, 1e30])('refuses samples that are no sound: %s', async (sample) => {
    const input = segmentsOf([2000], 2000);
    input.segments.data[700] = sample;
    const error = await failure(input, {});
    expect(error.code).toBe('not-finite');
    expect(error.message).toContain('sample 700');
  });

  it.each<{ name: string; timing: Segments['timing'] }>([
    { name: 'no timing', timing: null },
    { name: 'no sampling rate', timing: { validSamples: [2000] } },
    { name: 'another number of segments', timing: { sampleRate: 16000, validSamples: [2000, 2000] } },
    { name: 'more samples than there are', timing: { sampleRate: 16000, validSamples: [2001] } },
  ])('refuses malformed timing: $name', async ({ timing }) => {
    expect((await failure({ ...segmentsOf([2000], 2000), timing }, {})).code).toBe('malformed-segments');
  });
});
