import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import segment from '../../stages/segment.ts';
import { segmentSpans } from '../../stages/audio/segment-spans.ts';
import { dataErrorOf } from '../support/data-error.ts';
import { parameters, stageContext } from './rig.ts';

const sampleRate = 16000;
const run = (samples: Float32Array, given: Record<string, unknown> = {}) =>
  segment.run({ audio: { sampleRate, samples } }, parameters(segment, given), stageContext());
const ramp = (length: number) => Float32Array.from({ length }, (_, index) => index + 1);

describe('segments', () => {
  it.each([
    ['a short signal is padded', 1, [[0, 1]]],
    ['one of exactly 2.5 s is not', 40000, [[0, 40000]]],
    ['a tail of less than 0.5 s is dropped', 47999, [[0, 40000]]],
    [
      'a tail of 0.5 s is padded',
      48000,
      [
        [0, 40000],
        [24000, 24000],
      ],
    ],
    [
      'two fit whole',
      64000,
      [
        [0, 40000],
        [24000, 40000],
      ],
    ],
    [
      'and the tail counts from there',
      71999,
      [
        [0, 40000],
        [24000, 40000],
      ],
    ],
    [
      'and again',
      72000,
      [
        [0, 40000],
        [24000, 40000],
        [48000, 24000],
      ],
    ],
  ])('of 2.5 s with an overlap of 1 s: %s', async (_, length, spans) => {
    const { segments, timing } = await run(ramp(length));
    expect(timing).toEqual({
      sampleRate,
      validSamples: spans.map(([, valid]) => valid),
      startSeconds: spans.map(([start = NaN]) => start / sampleRate),
    });
    expect(segments.shape).toEqual([spans.length, 40000]);
  });

  it('hold the signal, then zeros', async () => {
    const { segments } = await run(ramp(7), {
      seconds: 4 / sampleRate,
      overlapSeconds: 1 / sampleRate,
      minTailSeconds: 0,
    });
    expect([...segments.data]).toEqual([1, 2, 3, 4, 4, 5, 6, 7]);
    const { segments: padded } = await run(ramp(6), {
      seconds: 4 / sampleRate,
      overlapSeconds: 2 / sampleRate,
      minTailSeconds: 0,
    });
    expect([...padded.data]).toEqual([1, 2, 3, 4, 3, 4, 5, 6]);
    const { segments: tail } = await run(ramp(5), {
      seconds: 4 / sampleRate,
      overlapSeconds: 2 / sampleRate,
      minTailSeconds: 0,
    });
    expect([...tail.data]).toEqual([1, 2, 3, 4, 3, 4, 5, 0]);
  });

  it('refuse an overlap that is no shorter than they are', () => {
    const error = dataErrorOf(() => run(ramp(10), { seconds: 1, overlapSeconds: 1 }));
    expect([error.code, error.message]).toEqual(['bad-parameter', 'segments of 1 s cannot overlap by 1 s']);
  });

  it('refuse a signal without samples', () => {
    expect(dataErrorOf(() => run(ramp(0))).code).toBe('no-samples');
  });
});

describe('spans', () => {
  const options = fc.integer({ min: 1, max: 60 }).chain((length) =>
    fc.record({
      length: fc.constant(length),
      hop: fc.integer({ min: 1, max: length }),
      minTail: fc.integer({ min: 0, max: 70 }),
    }),
  );

  it('cover every sample but a tail shorter than the rule asks for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), options, (samples, { length, hop, minTail }) => {
        const spans = segmentSpans(samples, { length, hop, minTail });
        const covered = spans.reduce((end, { start, valid }) => (start <= end ? Math.max(end, start + valid) : end), 0);
        const dropped = samples - covered;
        expect(dropped).toBeGreaterThanOrEqual(0);
        if (dropped > 0) expect(dropped).toBeLessThan(Math.min(hop, minTail));
      }),
    );
  });

  it('lie a hop apart, within the signal, and only the last may be short', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), options, (samples, { length, hop, minTail }) => {
        const spans = segmentSpans(samples, { length, hop, minTail });
        spans.forEach(({ start, valid }, index) => {
          expect(start).toBe(index * hop);
          expect(start + valid).toBeLessThanOrEqual(samples);
          expect(valid).toBe(index < spans.length - 1 ? length : Math.min(length, samples - start));
        });
      }),
    );
  });

  it('each bring something new, and a padded one at least the least tail', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), options, (samples, { length, hop, minTail }) => {
        const spans = segmentSpans(samples, { length, hop, minTail });
        for (const { start, valid } of spans.slice(1)) {
          const isNew = start + valid - (start - hop + length);
          expect(isNew).toBeGreaterThan(0);
          if (valid < length) expect(isNew).toBeGreaterThanOrEqual(minTail);
        }
      }),
    );
  });
});
