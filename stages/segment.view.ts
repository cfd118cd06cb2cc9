import { defineView, type Json } from '../src/stage/index.ts';

/** `timing` as `segment` writes it. */
interface Timing {
  readonly sampleRate: number;
  readonly validSamples: readonly number[];
  readonly startSeconds: readonly number[];
}

export default defineView({
  outputs: { timing: 'json' },
  view({ outputs }) {
    const { sampleRate, validSamples, startSeconds } = timingOf(outputs.timing);
    return [
      {
        kind: 'pieces',
        word: 'segment',
        startSeconds,
        realSeconds: validSamples.map((samples) => samples / sampleRate),
      },
    ];
  },
});

const timingOf = (timing: Json) => timing as unknown as Timing;
