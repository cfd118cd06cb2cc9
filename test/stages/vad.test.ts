import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import vad from '../../stages/vad.ts';
import { randomStream } from '../../src/stage/index.ts';
import { dataErrorOf } from '../support/data-error.ts';
import { parameters, stageContext } from './rig.ts';

const sampleRate = 16000;
const run = (samples: Float32Array, given: Record<string, unknown> = {}) =>
  vad.run({ audio: { sampleRate, samples } }, parameters(vad, given), stageContext());

interface Recording {
  readonly before: number;
  readonly speech: number;
  readonly after: number;
  /** dB below full scale */
  readonly noise: number;
  readonly gain?: number;
  readonly offset?: number;
  readonly pause?: readonly [number, number];
}

/** A voice of three harmonics whose loudness goes up and down four times a second, in white noise. Times in seconds. */
function recording({ before, speech, after, noise, gain = 1, offset = 0, pause }: Recording): Float32Array {
  const random = randomStream(`noise ${before} ${speech}`);
  const noiseHeight = Math.exp((-noise / 20) * Math.LN10);
  return Float32Array.from({ length: Math.round((before + speech + after) * sampleRate) }, (_, index) => {
    const time = index / sampleRate - before;
    const isPause = pause !== undefined && time >= pause[0] && time < pause[1];
    const voice = time >= 0 && time < speech && !isPause ? voiceAt(time) : 0;
    return gain * (voice + noiseHeight * random.normal()) + offset;
  });
}

function voiceAt(time: number): number {
  const loudness = 0.6 + 0.4 * Math.cos(2 * Math.PI * 4 * time);
  const harmonics = [1, 2, 3].map((order) => Math.sin(2 * Math.PI * 120 * order * time) / order);
  return 0.3 * loudness * harmonics.reduce((sum, value) => sum + value, 0);
}

/** Where the kept part lies in the whole, in seconds. */
async function kept(samples: Float32Array, given: Record<string, unknown>): Promise<{ start: number; end: number }> {
  const { audio, span } = await run(samples, given);
  const probe = audio.samples.subarray(0, 64);
  const start = samples.findIndex((_, index) => probe.every((value, offset) => value === samples[index + offset]));
  expect(audio.samples).toEqual(samples.subarray(start, start + audio.samples.length));
  const [startSeconds, endSeconds] = [start / sampleRate, (start + audio.samples.length) / sampleRate];
  expect(span).toEqual({ startSeconds, endSeconds });
  return { start: startSeconds, end: endSeconds };
}

describe('on a clean recording', () => {
  const seconds = (min: number, max: number) =>
    fc.integer({ min: min * 1000, max: max * 1000 }).map((value) => value / 1000);
  const recordings = fc.record({
    before: seconds(0.1, 0.8),
    speech: seconds(0.4, 1.5),
    after: seconds(0.1, 0.8),
    noise: fc.integer({ min: 55, max: 90 }),
    gain: fc.constantFrom(1, 0.01, 30),
    offset: fc.constantFrom(0, 0.2),
  });

  it('finds beginning and end of speech within 20 ms', async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async (given) => {
        const { start, end } = await kept(recording(given), { paddingSeconds: 0 });
        expect(Math.abs(start - given.before)).toBeLessThanOrEqual(0.02);
        expect(Math.abs(end - given.before - given.speech)).toBeLessThanOrEqual(0.02);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps 100 ms more on both sides, as far as the signal goes', async () => {
    const given = { before: 0.5, speech: 1, after: 0.05, noise: 70 };
    const samples = recording(given);
    const bare = await kept(samples, { paddingSeconds: 0 });
    const padded = await kept(samples, {});
    expect(padded.start).toBeCloseTo(bare.start - 0.1, 9);
    expect(padded.end).toBe(samples.length / sampleRate);
  });
});

it('keeps pauses inside', async () => {
  const samples = recording({ before: 0.3, speech: 1.5, after: 0.3, noise: 70, pause: [0.5, 0.9] });
  const { start, end } = await kept(samples, { paddingSeconds: 0 });
  expect(end - start).toBeCloseTo(1.5, 1);
});

it('keeps the whole of a signal that has no silence', async () => {
  const samples = recording({ before: 0, speech: 1.234, after: 0, noise: 80 });
  expect((await run(samples)).audio.samples).toEqual(samples);
});

it('takes no click for speech', async () => {
  const samples = recording({ before: 1, speech: 0.8, after: 0.3, noise: 70 });
  for (let index = 3200; index < 3216; index++) samples[index] = 0.9;
  const { start } = await kept(samples, { paddingSeconds: 0 });
  expect(start).toBeCloseTo(1, 1);
});

describe('no speech', () => {
  it.each([
    ['digital silence', new Float32Array(16000)],
    ['a constant', new Float32Array(16000).fill(0.1)],
    ['steady noise', recording({ before: 1, speech: 0, after: 0, noise: 40 })],
    ['one click', new Float32Array(16000).fill(0.5, 8000, 8016)],
    ['less than four frames', recording({ before: 0, speech: 0.05, after: 0, noise: 60 })],
    ['no samples', new Float32Array()],
  ])('is an error: %s', (_, samples) => {
    expect(dataErrorOf(() => run(samples)).code).toBe('no-speech');
  });
});

it('refuses frames that leave gaps', () => {
  const error = dataErrorOf(() => run(new Float32Array(9), { frameSeconds: 0.01, hopSeconds: 0.02 }));
  expect(error.code).toBe('bad-parameter');
});
