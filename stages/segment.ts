import { DataError, defineStage, Type } from '../src/stage/index.ts';
import { segmentSpans } from './audio/segment-spans.ts';

/**
 * Cuts a signal into overlapping segments of equal length; the last one may be padded with zeros (see `segmentSpans`).
 *
 * Gives `segments`, float32 [segments, samples], and `timing`, which says for each segment how many of its samples are
 * real and where it starts in the signal.
 *
 * Throws `DataError`: `bad-parameter` when the overlap is not shorter than the segment, `no-samples`.
 */
export default defineStage({
  name: 'segment',
  kind: 'map',
  description: 'Cuts each utterance into overlapping segments of equal length',
  params: Type.Object({
    seconds: Type.Number({ default: 2.5, exclusiveMinimum: 0, description: 'Length of a segment, in seconds' }),
    overlapSeconds: Type.Number({
      default: 1,
      minimum: 0,
      description: 'How much of a segment the next one repeats, in seconds',
    }),
    minTailSeconds: Type.Number({
      default: 0.5,
      minimum: 0,
      description: 'New signal that the rest must bring to become a padded segment, else it is dropped; in seconds',
    }),
  }),
  inputs: { audio: 'waveform' },
  outputs: { segments: 'array', timing: 'json' },
  run({ audio: { samples, sampleRate } }, { seconds, overlapSeconds, minTailSeconds }) {
    const toSamples = (duration: number) => Math.round(duration * sampleRate);
    const length = toSamples(seconds);
    const hop = length - toSamples(overlapSeconds);
    if (hop < 1) throw overlapTooLong(seconds, overlapSeconds);
    if (samples.length === 0) {
      throw new DataError('no-samples', 'the signal has no samples', { advice: 'Look at the stage that made it.' });
    }
    const spans = segmentSpans(samples.length, { length, hop, minTail: toSamples(minTailSeconds) });
    const data = new Float32Array(spans.length * length);
    spans.forEach(({ start, valid }, row) => data.set(samples.subarray(start, start + valid), row * length));
    return {
      segments: { shape: [spans.length, length], data },
      timing: {
        sampleRate,
        validSamples: spans.map(({ valid }) => valid),
        startSeconds: spans.map(({ start }) => start / sampleRate),
      },
    };
  },
});

function overlapTooLong(seconds: number, overlapSeconds: number): DataError {
  const message = `segments of ${seconds} s cannot overlap by ${overlapSeconds} s`;
  return new DataError('bad-parameter', message, { advice: 'Make `overlapSeconds` shorter than `seconds`.' });
}
