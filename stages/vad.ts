import { DataError, defineStage, Type } from '../src/stage/index.ts';
import { speechBounds } from './audio/speech-bounds.ts';

/**
 * Cuts away what is silent at the beginning and the end, by energy (see `speechBounds`); pauses inside stay.
 * A margin is kept on both sides, since speech may begin or end too softly for its energy to show. `span` says where what is
 * kept lies in the signal, in seconds.
 *
 * Throws `DataError` `no-speech` when nothing in the signal stands out as speech: a constant signal, a click, or one of
 * less than `consecutiveFrames` frames, or steady noise; `bad-parameter` when frames would leave gaps.
 */
export default defineStage({
  name: 'vad',
  kind: 'map',
  description: 'Removes silence at the beginning and the end of each utterance',
  params: Type.Object({
    frameSeconds: Type.Number({ default: 0.025, exclusiveMinimum: 0, description: 'Length of a frame, in seconds' }),
    hopSeconds: Type.Number({ default: 0.01, exclusiveMinimum: 0, description: 'From frame to frame, in seconds' }),
    floorMargin: Type.Number({
      default: 6,
      minimum: 0,
      description: 'Speech is this much louder than the noise floor (the 10th percentile of the frames), in dB ...',
    }),
    maxRange: Type.Number({ default: 40, minimum: 0, description: '... and at most this far below the peak, in dB' }),
    minRange: Type.Number({
      default: 30,
      minimum: 0,
      description: 'Whatever is less than this far below the peak is speech, in dB',
    }),
    consecutiveFrames: Type.Integer({
      default: 4,
      minimum: 1,
      description: 'So many frames in a row must be loud enough; three can share one click',
    }),
    paddingSeconds: Type.Number({ default: 0.1, minimum: 0, description: 'Margin kept on both sides, in seconds' }),
  }),
  inputs: { audio: 'waveform' },
  outputs: { audio: 'waveform', span: 'json' },
  run({ audio: { samples, sampleRate } }, params) {
    if (params.hopSeconds > params.frameSeconds) throw gaps(params.hopSeconds, params.frameSeconds);
    const toSamples = (seconds: number) => Math.round(seconds * sampleRate);
    const bounds = speechBounds(samples, {
      frame: Math.max(1, toSamples(params.frameSeconds)),
      hop: Math.max(1, toSamples(params.hopSeconds)),
      floorMargin: params.floorMargin,
      maxRange: params.maxRange,
      minRange: params.minRange,
      consecutiveFrames: params.consecutiveFrames,
    });
    if (!bounds) {
      const message = `nothing in these ${(samples.length / sampleRate).toFixed(2)} s stands out as speech`;
      throw new DataError('no-speech', message, {
        advice: 'Listen to the file; leave it out of the corpus, or change the parameters of `vad`.',
      });
    }
    const padding = toSamples(params.paddingSeconds);
    const start = Math.max(0, bounds.start - padding);
    const kept = samples.slice(start, bounds.end + padding);
    return {
      audio: { sampleRate, samples: kept },
      span: { startSeconds: start / sampleRate, endSeconds: (start + kept.length) / sampleRate },
    };
  },
});

function gaps(hopSeconds: number, frameSeconds: number): DataError {
  const message = `frames of ${frameSeconds} s every ${hopSeconds} s leave gaps`;
  return new DataError('bad-parameter', message, { advice: 'Make `hopSeconds` at most `frameSeconds`.' });
}
