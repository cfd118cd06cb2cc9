import { defineView, type Json, type NumericArray, type PicturePart } from '../src/stage/index.ts';

/** The scalogram of each segment: a column for each frame, the mean over its strips; a row for each scale. */
export default defineView({
  outputs: { features: 'array' },
  view({ outputs: { features }, params }) {
    const frameSeconds = numberIn(params, 'frameSeconds');
    const stepSeconds = frameSeconds - numberIn(params, 'frameOverlapSeconds');
    const [segments = 0, , scales = 0] = features.shape;
    const rows = {
      title: 'Frequency',
      unit: 'Hz',
      scale: 'log',
      centres: frequencies(scales, numberIn(params, 'minFrequency'), numberIn(params, 'maxFrequency')),
    } as const;
    return Array.from({ length: segments }, (_, piece): PicturePart => ({
      kind: 'picture',
      title: 'Scalogram',
      piece,
      values: meanOverStrips(features, piece),
      // A frame stands for the time around its middle.
      startSeconds: (frameSeconds - stepSeconds) / 2,
      stepSeconds,
      quantity: params.compress === 'log' ? 'Log magnitude' : 'Magnitude',
      rows,
    }));
  },
});

/** Centre frequencies as the stage spaces its scales, geometrically; row 0 is the lowest. */
function frequencies(count: number, lowest: number, highest: number): number[] {
  const step = count > 1 ? Math.log(highest / lowest) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => lowest * Math.exp(index * step));
}

function meanOverStrips({ shape, data }: NumericArray, segment: number): Float32Array[] {
  const [, frames = 0, scales = 0, strips = 0] = shape;
  return Array.from({ length: frames }, (_, frame) =>
    Float32Array.from({ length: scales }, (_, scale) => {
      const start = ((segment * frames + frame) * scales + scale) * strips;
      let sum = 0;
      for (let strip = 0; strip < strips; strip++) sum += data[start + strip] ?? 0;
      return sum / strips;
    }),
  );
}

function numberIn(params: Readonly<Record<string, Json>>, name: string): number {
  const value = params[name];
  if (typeof value !== 'number') throw new Error(`the parameter ${name} is not a number`);
  return value;
}
