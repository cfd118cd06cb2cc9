import { Type, type Static } from '../../src/stage/index.ts';

/** Schema of the `schedule` parameter: how the learning rate changes. */
export const scheduleConfig = Type.Object(
  {
    kind: Type.Union([Type.Literal('constant'), Type.Literal('cosine'), Type.Literal('step')], {
      default: 'constant',
      description: 'cosine: falls to zero over all epochs; step: times `factor` every `everyEpochs` epochs',
    }),
    warmupEpochs: Type.Number({ minimum: 0, default: 0, description: 'epochs of linear rise from zero' }),
    everyEpochs: Type.Integer({ minimum: 1, default: 10, description: 'step: epochs between falls' }),
    factor: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.5, description: 'step: of each fall' }),
  },
  { default: {}, additionalProperties: false },
);

/** With defaults filled in. */
export type ScheduleConfig = Static<typeof scheduleConfig>;

/**
 * The share of the learning rate at an update, 0 to 1. Warm-up comes first; cosine spans what is left after it.
 *
 * Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017 (without restarts).
 *
 * @param step updates done before, from 0
 */
export function scheduleFactor(
  config: ScheduleConfig,
  step: number,
  { stepsPerEpoch, epochs }: { readonly stepsPerEpoch: number; readonly epochs: number },
): number {
  const warmup = config.warmupEpochs * stepsPerEpoch;
  if (step < warmup) return (step + 1) / (warmup + 1);
  if (config.kind === 'cosine') {
    return 0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, epochs * stepsPerEpoch - warmup)));
  }
  let factor = 1;
  if (config.kind === 'step') {
    const falls = Math.floor(step / stepsPerEpoch / config.everyEpochs);
    for (let fall = 0; fall < falls; fall++) factor *= config.factor;
  }
  return factor;
}
