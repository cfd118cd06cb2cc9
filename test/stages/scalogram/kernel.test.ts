import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKernel, type Transform } from '../../../stages/scalogram/kernel.ts';
import { geometricScales, transformLength } from '../../../stages/scalogram/morlet.ts';
import { randomStream } from '../../../src/stage/index.ts';
import { directStripMeans } from './direct-scalogram.ts';

interface Reference {
  readonly scaleIndices: readonly number[];
  readonly scalesInSamples: readonly number[];
  readonly frames: readonly {
    readonly name: string;
    readonly samples: readonly number[];
    readonly stripMeans: readonly (readonly number[])[];
  }[];
}

const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/scalogram/reference.json', import.meta.url), 'utf8'),
) as Reference;
const program = readFileSync(new URL('../../../stages/scalogram/build/kernel.wasm', import.meta.url));
const paper: Transform = {
  frameLength: 400,
  scales: geometricScales(64, { lowest: 60, highest: 7600 }, 5, 16000),
  strips: 20,
  omega0: 5,
  sigma: 1,
  logOffset: undefined,
};

async function compute(transform: Transform, frames: readonly (readonly number[])[]): Promise<Float32Array[]> {
  const kernel = await createKernel(program, transform);
  kernel.frames.fill(0);
  frames.forEach((frame, lane) => frame.forEach((sample, t) => (kernel.frames[4 * t + lane] = sample)));
  const result = kernel.run().slice();
  return frames.map((_, lane) => result.subarray(lane * kernel.values, (lane + 1) * kernel.values));
}

/** The largest difference, as a part of the largest value. */
function difference(values: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - (values[index] ?? NaN)))) / largest;
}

const noise = (name: string, length: number) => {
  const random = randomStream(name);
  return Array.from({ length }, () => random.normal());
};

describe('scales', () => {
  it('are those of the reference', () => {
    reference.scaleIndices.forEach((index, place) => {
      expect(paper.scales[index]).toBeCloseTo(reference.scalesInSamples[place] ?? NaN, 10);
    });
  });

  it('choose the shortest transform that does not wrap round', () => {
    expect(transformLength(400, 22.4, 1)).toBe(512);
    expect(transformLength(400, 22.5, 1)).toBe(1024);
    expect(transformLength(400, 10000, 1)).toBe(1024);
  });
});

describe('kernel', () => {
  it.each(reference.frames.map((frame, index) => ({ name: frame.name, index })))(
    'agrees with the reference within 1e-6 of the largest value: $name',
    async ({ index }) => {
      const frame = reference.frames[index];
      const [values] = await compute(paper, [frame?.samples ?? []]);
      const rows = reference.scaleIndices.flatMap((scale) => [
        ...(values?.subarray(scale * 20, scale * 20 + 20) ?? []),
      ]);
      expect(difference(rows, frame?.stripMeans.flat() ?? [])).toBeLessThan(1e-6);
    },
  );

  it.each<{ name: string; transform: Transform }>([
    { name: '8 kHz frames', transform: { ...paper, frameLength: 200, scales: [100, 20, 3], strips: 10 } },
    { name: '48 kHz frames', transform: { ...paper, frameLength: 1200, scales: [600, 70, 2], strips: 4 } },
    { name: 'an odd length', transform: { ...paper, frameLength: 75, scales: [30, 5, 1], strips: 15 } },
    { name: 'a strip a sample', transform: { ...paper, frameLength: 12, scales: [4, 0.9], strips: 12 } },
    { name: 'the shortest transform', transform: { ...paper, frameLength: 8, scales: [1.2], strips: 1 } },
    { name: 'another wavelet', transform: { ...paper, omega0: 6.5, sigma: 2, scales: [90, 11, 2], strips: 8 } },
  ])('agrees with the direct sum within 1e-6: $name', async ({ name, transform }) => {
    const frames = [0, 1, 2, 3].map((lane) => noise(`${name} ${lane}`, transform.frameLength));
    const results = await compute(transform, frames);
    frames.forEach((frame, lane) => {
      const expected = transform.scales.flatMap((scale) => directStripMeans(frame, scale, transform));
      expect(difference(results[lane] ?? [], expected)).toBeLessThan(1e-6);
    });
  });

  it.each<{ name: string; sample: (t: number) => number }>([
    { name: 'a constant', sample: () => 1 },
    { name: 'a click at the beginning', sample: (t) => Number(t === 0) },
    { name: 'a tone of 70 Hz', sample: (t) => Math.cos((2 * Math.PI * 70 * t) / 16000 + 1) },
    { name: 'a tone of 1500 Hz at the end', sample: (t) => (t < 300 ? 0 : Math.cos((2 * Math.PI * 1500 * t) / 16000)) },
  ])('agrees with the direct sum within 1e-6 at long, middle and short scales: $name', async ({ sample }) => {
    const transform = { ...paper, scales: paper.scales.filter((_, index) => index % 5 === 0) };
    const frame = Array.from({ length: 400 }, (_, t) => sample(t));
    const [values] = await compute(transform, [frame]);
    const expected = transform.scales.flatMap((scale) => directStripMeans(frame, scale, transform));
    expect(difference(values ?? [], expected)).toBeLessThan(1e-6);
  });

  it('gives a frame the same bits in every lane and company', async () => {
    const frame = noise('frame', 400);
    const others = ['a', 'b', 'c'].map((name) => noise(name, 400).map((sample) => 1e4 * sample));
    const [alone] = await compute(paper, [frame]);
    for (let lane = 0; lane < 4; lane++) {
      const frames = [...others.slice(0, lane), frame, ...others.slice(lane)];
      expect((await compute(paper, frames))[lane]).toEqual(alone);
    }
  });

  it('takes logarithms within 2e-7', async () => {
    const frame = noise('logarithm', 400);
    const [plain] = await compute(paper, [frame]);
    const [logarithms] = await compute({ ...paper, logOffset: 1e-3 }, [frame]);
    plain?.forEach((value, index) => {
      const expected = Math.log(value + 1e-3);
      expect(Math.abs((logarithms?.[index] ?? NaN) - expected)).toBeLessThan(2e-7 * Math.max(1, Math.abs(expected)));
    });
  });
});
