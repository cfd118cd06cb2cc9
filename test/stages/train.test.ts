import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream, type Engine, type Tensors } from '../../src/stage/index.ts';
import type { Answers } from '../../stages/evaluate/answers.ts';
import predict from '../../stages/predict.ts';
import train from '../../stages/train.ts';
import { wasmEngine } from '../support/network-fixture.ts';
import { itemRow, parameters, stageContext, type Rig } from './rig.ts';

const classes = ['anger', 'sadness', 'happiness', 'neutral'];
const [frames, scales, strips] = [16, 8, 2];
const size = frames * scales * strips;
const small = {
  classes,
  network: {
    filters: [4, 4, 4],
    kernels: [
      [3, 3],
      [3, 3],
      [3, 3],
    ],
    pools: [
      [2, 2],
      [2, 2],
      [1, 1],
    ],
    lstm: 4,
    dense: 0,
  },
  epochs: 3,
  batchSize: 8,
  rate: 0.01,
};

interface Utterance {
  id: string;
  speaker: string;
  label: string;
  segments: number;
  values: Float32Array;
}

/** Each emotion is loud in two scales of its own; each speaker has a level of his own. */
function madeUpCorpus(perClass = 3): Utterance[] {
  return ['03', '08', '09', '11'].flatMap((speaker, level) =>
    classes.flatMap((label, emotion) =>
      Array.from({ length: perClass }, (_, version) => {
        const id = `${speaker}${label}${version}`;
        const random = randomStream(id);
        const segments = 1 + (version % 2);
        const values = Float32Array.from({ length: segments * size }, (_, index) => {
          const scale = Math.floor(index / strips) % scales;
          return random.normal() + level + (Math.floor(scale / 2) === emotion ? 2 : 0);
        });
        return { id, speaker, label, segments, values };
      }),
    ),
  );
}

function rowOf({ values, segments, ...columns }: Utterance, part: string, rows?: readonly number[]) {
  const features = { shape: [segments, frames, scales, strips], data: values };
  const real = { shape: [segments], data: new Int32Array(segments).fill(frames) };
  return itemRow(columns, { features, frames: real }, rows ? { part, rows } : { part });
}
type Row = ReturnType<typeof rowOf>;

let engine: Engine;
beforeAll(async () => {
  engine = await wasmEngine();
});
afterAll(() => engine.close());

async function runTrain(features: readonly Row[], given: Record<string, unknown> = {}, context?: Rig) {
  const result = await train.run(
    { features, folds: null },
    parameters(train, { ...small, ...given }),
    context ?? stageContext({ engine }),
  );
  return { ...result, history: result.history as unknown as History };
}
interface History {
  epochs: { loss: number; development?: { uar: number } }[];
  keptEpoch: number;
  segments: { train: number; development: number };
  classWeights: number[];
  labels: string;
}

async function runPredict(model: Tensors, features: readonly Row[]): Promise<Answers> {
  const { answers } = await predict.run({ model: { model }, features, folds: null }, {}, stageContext({ engine }));
  return answers as unknown as Answers;
}

const fold = (corpus: readonly Utterance[], test: string, development?: string) => ({
  seen: corpus
    .filter(({ speaker }) => speaker !== test)
    .map((utterance) => rowOf(utterance, utterance.speaker === development ? 'development' : 'train')),
  test: corpus.filter(({ speaker }) => speaker === test).map((utterance) => rowOf(utterance, 'test')),
});

function accuracy({ utterances }: Answers): number {
  const right = utterances.filter(({ label, segments }) => {
    const [first = []] = segments;
    return classes[first.indexOf(Math.max(...first))] === label;
  });
  return right.length / utterances.length;
}

describe('train and predict', () => {
  it('recognise a speaker that was not trained on', async () => {
    const { seen, test } = fold(madeUpCorpus(), '08');
    const { model, history } = await runTrain(seen, { epochs: 16 });
    const answers = await runPredict(model, test);
    expect(history.segments).toEqual({ train: 48, development: 0 });
    expect(history.labels).toBe('as given');
    expect(answers.utterances.map(({ id }) => id)).toEqual(test.map(({ columns }) => columns.id).sort());
    expect(answers.utterances.map(({ segments }) => segments.length)).toEqual(
      answers.utterances.map(({ id }) => 1 + (Number(id.at(-1)) % 2)),
    );
    for (const { segments } of answers.utterances) {
      for (const posteriors of segments) expect(posteriors.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    }
    expect(accuracy(answers)).toBeGreaterThan(0.9);
  });

  it('learn nothing of emotion from labels permuted within speaker, and judge by the true ones', async () => {
    const { seen, test } = fold(madeUpCorpus(), '08');
    const { model, history } = await runTrain(seen, { epochs: 16, permuteLabels: 'within-speaker' });
    const answers = await runPredict(model, test);
    expect(history.labels).toBe('permuted within speaker');
    expect(answers.labels).toBe('permuted within speaker');
    expect(answers.utterances.map(({ id, label }) => id.includes(label))).not.toContain(false);
    expect(accuracy(answers)).toBeLessThan(0.6);
  });

  it('give the same bits each time, and others for another seed', async () => {
    const { seen } = fold(madeUpCorpus(1), '11');
    const once = (await runTrain(seen)).model;
    expect((await runTrain(seen)).model).toEqual(once);
    expect((await runTrain(seen, {}, stageContext({ engine, seed: 2 }))).model).not.toEqual(once);
  });

  it.each([{}, { patience: 2, epochs: 6 }, { optimiser: { kind: 'sgd' }, schedule: { kind: 'cosine' } }])(
    'go on from the checkpoint of any epoch with the same bits: %j',
    async (given) => {
      const { seen } = fold(madeUpCorpus(1), '11', '03');
      const undisturbed = await runTrain(seen, given);
      for (let epochs = 1; epochs < undisturbed.history.epochs.length; epochs++) {
        const context = stageContext({ engine });
        const save = context.checkpoint.save;
        context.checkpoint.save = async (state) => {
          await save(state);
          if (context.figures.length + 1 === epochs) throw new Error('interrupted');
        };
        await expect(runTrain(seen, given, context)).rejects.toThrow('interrupted');
        const resumed = stageContext({ engine, ...(context.saved ? { saved: context.saved } : {}) });
        expect(await runTrain(seen, given, resumed)).toEqual(undisturbed);
        expect(resumed.figures.length).toBe(undisturbed.history.epochs.length - epochs);
      }
    },
  );
});

describe('what training uses', () => {
  it('development data change nothing that is learned or fitted', async () => {
    const corpus = madeUpCorpus(1);
    const { seen } = fold(corpus, '11', '09');
    const loud = corpus.map((one) => ({
      ...one,
      values: one.speaker === '09' ? one.values.map((value) => 50 * value) : one.values,
    }));
    const { model, history } = await runTrain(seen);
    expect((await runTrain(fold(loud, '11', '09').seen)).model).toEqual(model);
    expect((await runTrain(seen.filter((row) => row.part === 'train'))).model).toEqual(model);
    expect(history.epochs[0]?.development?.uar).toBeGreaterThanOrEqual(0);
  });

  it('scaling is the mean and deviation of the training frames alone', async () => {
    const corpus = madeUpCorpus(1);
    const { model } = await runTrain(fold(corpus, '11', '09').seen);
    const trained = corpus.filter(({ speaker }) => speaker === '03' || speaker === '08');
    const cell = trained.flatMap(({ values }) => [...values].filter((_, index) => index % (scales * strips) === 5));
    const mean = cell.reduce((sum, value) => sum + value, 0) / cell.length;
    const variance = cell.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / cell.length;
    expect(model.tensors['scaling.mean']?.data[5]).toBeCloseTo(mean, 6);
    expect(model.tensors['scaling.deviation']?.data[5]).toBeCloseTo(Math.sqrt(variance), 6);
  });

  it('only the rows of an utterance that belong to its part', async () => {
    const corpus = madeUpCorpus(2).filter(({ speaker }) => speaker === '03');
    const rows = corpus.map((one) => rowOf(one, 'train', [one.segments - 1]));
    const cut = corpus.map((one) => rowOf({ ...one, values: one.values.slice(-size), segments: 1 }, 'train'));
    const { model, history } = await runTrain(rows);
    expect(history.segments.train).toBe(corpus.length);
    expect(model).toEqual((await runTrain(cut)).model);
  });

  it('class weights are inverse frequencies of segments', async () => {
    const corpus = madeUpCorpus(1).filter(({ label, speaker }) => speaker === '03' || label === 'anger');
    const { history } = await runTrain(corpus.map((one) => rowOf(one, 'train')));
    expect(history.classWeights).toEqual([7 / 16, 7 / 4, 7 / 4, 7 / 4]);
    const without = await runTrain(
      corpus.map((one) => rowOf(one, 'train')),
      { classWeights: 'none' },
    );
    expect(without.history.classWeights).toEqual([1, 1, 1, 1]);
  });
});

describe('what cannot be trained on or tested', () => {
  const corpus = madeUpCorpus(1);
  const trainRows = corpus.map((one) => rowOf(one, 'train'));
  const [first] = corpus;
  if (!first) throw new Error('no corpus');

  it('the test part: training is never given it', async () => {
    await expect(runTrain([...trainRows, rowOf(first, 'test')])).rejects.toThrow('train was given the part test');
    const { model } = await runTrain(trainRows);
    await expect(runPredict(model, [rowOf(first, 'train')])).rejects.toThrow('predict was given the part train');
  });

  it.each<[string, readonly Row[], Record<string, unknown>, string, RegExp]>([
    ['nothing', [], {}, 'no-utterances', /training part of the fold is empty/],
    ['development data alone', [rowOf(first, 'development')], {}, 'no-utterances', /empty/],
    [
      'a label that is no class',
      [rowOf({ ...first, label: 'angry' }, 'train')],
      {},
      'unknown-label',
      /speaker 03|03anger0/,
    ],
    ['a class without data', trainRows.slice(0, 3), {}, 'class-missing', /no utterance of neutral/],
    [
      'patience without development data',
      trainRows,
      { patience: 2 },
      'no-development-data',
      /needs a development part/,
    ],
    ['NaN', [rowOf({ ...first, values: first.values.map(() => NaN) }, 'train')], {}, 'features-not-finite', /NaN/],
    ['no segments', [rowOf(first, 'train', [])], {}, 'no-segments', /has no segments/],
    ['segments that are not there', [rowOf(first, 'train', [7])], {}, 'no-such-segment', /has 1 segments.* number 7/],
  ])('%s', async (_, rows, given, code, message) => {
    await expect(runTrain(rows, given)).rejects.toMatchObject({ name: 'DataError', code });
    await expect(runTrain(rows, given)).rejects.toThrow(message);
  });

  it('an empty test part, or a label that the model does not know', async () => {
    const { model } = await runTrain(trainRows);
    await expect(runPredict(model, [])).rejects.toMatchObject({ code: 'no-utterances' });
    await expect(runPredict(model, [rowOf({ ...first, label: 'angry' }, 'test')])).rejects.toThrow(
      /Utterance 03anger0 has a label/,
    );
  });
});
