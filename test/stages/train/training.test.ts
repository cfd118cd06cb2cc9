import fc from '../../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { assess } from '../../../stages/train/assessment.ts';
import { randomStream } from '../../../src/stage/index.ts';
import { parameters, stageContext, type Rig } from '../rig.ts';
import trainStage from '../../../stages/train.ts';
import { train, type Trained, type TrainingOptions } from '../../../stages/train/training.ts';
import { Momentum, PlainDataset, SoftmaxRegression } from './softmax-regression.ts';

const schedule = parameters(trainStage, { classes: ['a', 'b'] }).schedule;
const options: TrainingOptions = {
  epochs: 12,
  batchSize: 7,
  rate: 0.05,
  schedule,
  patience: undefined,
  classWeights: [1, 1.5, 0.8],
};

/** Three overlapping clouds; every fifth sample is for development. */
function madeUpSegments() {
  const random = randomStream('clouds');
  const data = new PlainDataset();
  const labels = Array.from({ length: 60 }, (_, index) => index % 3);
  for (const label of labels)
    data.add(Float32Array.from([0, 1, 2], (axis) => (axis === label ? 1 : 0) + random.normal()));
  const rows = labels.map((_, index) => index);
  return {
    data,
    labels,
    frames: labels.map(() => 1),
    train: rows.filter((row) => row % 5 !== 0),
    development: rows.filter((row) => row % 5 === 0),
  };
}

async function run(changed: Partial<TrainingOptions> = {}, context: Rig = stageContext(), segments = madeUpSegments()) {
  const network = new SoftmaxRegression(segments.data);
  const trained = await train(network, new Momentum(), segments, { ...options, ...changed }, context);
  return { trained, network, context };
}

const bits = ({ weights, history, epoch }: Trained) => ({ weights: [...(weights.matrix?.data ?? [])], history, epoch });

describe('training', () => {
  it('learns, and tells its progress', async () => {
    const { trained, context } = await run();
    const [first, last] = [trained.history[0], trained.history.at(-1)];
    expect(last?.loss).toBeLessThan(first?.loss ?? 0);
    expect(context.figures).toHaveLength(12);
    expect(context.figures.at(-1)).toEqual({
      epoch: 12,
      epochs: 12,
      loss: last?.loss,
      developmentUar: last?.development?.uar,
    });
  });

  it('uses each training row once an epoch, in another order each time, and no development row', async () => {
    const segments = madeUpSegments();
    const { network } = await run({ epochs: 2 }, stageContext(), segments);
    expect(network.batches.map((batch) => batch.length)).toEqual([7, 7, 7, 7, 7, 7, 6, 7, 7, 7, 7, 7, 7, 6]);
    const [first, second] = [network.batches.slice(0, 7).flat(), network.batches.slice(7).flat()];
    expect([...first].sort((a, b) => a - b)).toEqual(segments.train);
    expect([...second].sort((a, b) => a - b)).toEqual(segments.train);
    expect(first).not.toEqual(second);
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const once = bits((await run()).trained);
    expect(bits((await run()).trained)).toEqual(once);
    expect(bits((await run({}, stageContext({ seed: 1 }))).trained)).not.toEqual(once);
  });

  it.each([
    ['fixed epochs', {}],
    ['early stopping', { patience: 3, epochs: 40, rate: 0.3 }],
  ])('goes on after any interruptions with the same bits: %s', async (_, changed) => {
    const undisturbed = bits((await run(changed)).trained);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }), async (interruptions) => {
        let saved: Uint8Array | undefined;
        for (const steps of interruptions) saved = await interrupted(changed, steps, saved);
        const context = stageContext(saved ? { saved } : {});
        expect(bits((await run(changed, context)).trained)).toEqual(undisturbed);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['fixed epochs', {}],
    ['early stopping', { patience: 3, epochs: 40, rate: 0.3 }],
  ])('pauses after any epochs and goes on with the same bits: %s', async (_, changed) => {
    const undisturbed = await run(changed);
    const last = undisturbed.trained.history.length;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: last }), { maxLength: 4 }), async (pauses) => {
        let saved: Uint8Array | undefined;
        for (const stopAfter of [...pauses].sort((a, b) => a - b)) {
          const context = stageContext(saved ? { saved } : {});
          const { trained } = await run({ ...changed, stopAfter }, context);
          expect(trained.history).toEqual(undisturbed.trained.history.slice(0, stopAfter));
          saved = context.saved ?? saved;
        }
        const context = stageContext(saved ? { saved } : {});
        expect(bits((await run(changed, context)).trained)).toEqual(bits(undisturbed.trained));
      }),
      { numRuns: 15 },
    );
  });

  it('leaves a state alone that is beyond where it pauses, and gives what it would have given without', async () => {
    const context = stageContext();
    await run({}, context);
    const saved = context.saved;
    if (!saved) throw new Error('nothing was saved');
    const again = stageContext({ saved });
    const early = await run({ stopAfter: 3 }, again);
    expect(bits(early.trained)).toEqual(bits((await run({ stopAfter: 3 })).trained));
    expect(again.saved ?? saved).toEqual(saved);
  });

  it('tells the development UAR of the epoch that is kept, and null without a development part', async () => {
    const { trained } = await run({ patience: 3, epochs: 40, rate: 0.3 });
    expect(trained.development).toBe(trained.history[trained.epoch - 1]?.development?.uar);
    const without = await run({ epochs: 1 }, stageContext(), { ...madeUpSegments(), development: [] });
    expect(without.trained.development).toBeNull();
  });

  /** The checkpoint after a run that is aborted before its update number `steps`. */
  async function interrupted(changed: Partial<TrainingOptions>, steps: number, saved: Uint8Array | undefined) {
    const controller = new AbortController();
    const context = stageContext({ signal: controller.signal, ...(saved ? { saved } : {}) });
    const segments = madeUpSegments();
    const network = new SoftmaxRegression(segments.data);
    const step = network.trainStep;
    network.trainStep = (...given) => {
      if (network.rates.length + 1 === steps) controller.abort();
      return step(...given);
    };
    await train(network, new Momentum(), segments, { ...options, ...changed }, context).catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
    return context.saved;
  }

  it('stops when the development part is recognised no better, and keeps the best epoch', async () => {
    const { trained } = await run({ patience: 3, epochs: 40, rate: 0.3 });
    expect(trained.history.length).toBeLessThan(40);
    expect(trained.history.length).toBe(trained.epoch + 3);
    const uars = trained.history.map(({ development }) => development?.uar ?? 0);
    expect(uars[trained.epoch - 1]).toBe(Math.max(...uars));
    const fixed = await run({ epochs: trained.epoch, rate: 0.3 });
    expect(bits(trained).weights).toEqual(bits(fixed.trained).weights);
  });

  it('is assessed on the development part alone', async () => {
    const segments = madeUpSegments();
    const asked: number[] = [];
    const network = {
      predict({ rows }: { readonly rows: readonly number[] }) {
        asked.push(...rows);
        return Promise.resolve({ probabilities: new Float32Array(rows.length * 3), attention: new Float32Array() });
      },
    };
    await assess(network, segments, { classWeights: [1, 1, 1] });
    expect(asked).toEqual(segments.development);
  });

  it('without patience keeps the last epoch', async () => {
    expect((await run({ rate: 0.3 })).trained.epoch).toBe(12);
  });

  it('fails clearly when the loss is not finite', async () => {
    const segments = madeUpSegments();
    segments.data.values[3] = Infinity;
    const failed = expect(run({}, stageContext(), segments)).rejects;
    await failed.toMatchObject({ name: 'DataError', code: 'training-diverged' });
    await expect(run({}, stageContext(), segments)).rejects.toThrow(/The loss is NaN in epoch 1, update \d/);
  });
});

describe('the schedule', () => {
  const rates = async (changed: Partial<TrainingOptions['schedule']>) => {
    const { network } = await run({ epochs: 4, batchSize: 24, rate: 1, schedule: { ...schedule, ...changed } });
    return network.rates;
  };

  it('is constant by default', async () => {
    expect(await rates({})).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('falls by steps', async () => {
    expect(await rates({ kind: 'step', everyEpochs: 1, factor: 0.5 })).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125,
    ]);
  });

  it('falls as a cosine after a linear warm-up', async () => {
    const found = await rates({ kind: 'cosine', warmupEpochs: 1 });
    const expected = [1 / 3, 2 / 3, ...[0, 1, 2, 3, 4, 5].map((step) => (1 + Math.cos((Math.PI * step) / 6)) / 2)];
    found.forEach((rate, index) => expect(rate).toBeCloseTo(expected[index] ?? NaN, 14));
  });
});
