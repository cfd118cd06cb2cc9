import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, NewDataAnswer, NewDataAnswers, Tensors } from '../../src/stage/index.ts';
import recognise from '../../stages/recognise.ts';
import { judge } from '../../stages/recognise/judgement.ts';
import { segmentTimes } from '../../stages/recognise/segment-times.ts';
import { encodeModel, type TrainingLabels } from '../../stages/train/model.ts';
import { dataErrorOf } from '../support/data-error.ts';
import { expectClose, readFixture, unpack, wasmEngine, type Packed } from '../support/network-fixture.ts';
import { configuration } from './network/configuration.ts';
import { eachEntry, itemRow, stageContext } from './rig.ts';

interface Fixture {
  readonly mask: 'none' | 'valid';
  readonly input: readonly [number, number, number, number];
  readonly filters: number[];
  readonly kernels: number[][];
  readonly pools: number[][];
  readonly lstm: number;
  readonly dense: number;
  readonly data: Packed;
  readonly mean: Packed;
  readonly deviation: Packed;
  readonly frames: readonly number[];
  readonly end: Readonly<Record<string, Packed>>;
  readonly probabilities: Packed;
}

let engine: Engine;
beforeAll(async () => {
  engine = await wasmEngine();
});
afterAll(() => engine.close());

const fixture = readFixture('network-2d.json') as Fixture;
const classes = ['anger', 'sadness', 'happiness', 'neutral'];

interface Changes {
  readonly labels?: TrainingLabels;
  readonly classes?: readonly string[];
  /** Posteriors that the model gives to everything. */
  readonly always?: readonly number[];
}

/** The model that PyTorch trained in ten steps, or one that says the same of everything. */
function modelOf(changes: Changes = {}): Tensors {
  const { mask, filters, kernels, pools, lstm, dense, end, input } = fixture;
  const constant: Readonly<Record<string, Float32Array>> = changes.always
    ? {
        'output.weights': new Float32Array(dense * classes.length),
        'output.bias': Float32Array.from(changes.always, Math.log),
      }
    : {};
  return encodeModel({
    network: configuration({ convolution: '2d', mask, filters, kernels, pools, lstm, dense }),
    classes: changes.classes ?? classes,
    labels: changes.labels ?? 'as given',
    input: input.slice(1),
    scaling: { mean: unpack(fixture.mean), deviation: unpack(fixture.deviation) },
    weights: Object.fromEntries(
      Object.entries(end).map(([name, packed]) => [
        name,
        { shape: packed.shape, data: constant[name] ?? unpack(packed) },
      ]),
    ),
  });
}

/** The fixture's segments as utterances of so many segments. */
function utterances(sizes: readonly number[], data = unpack(fixture.data)) {
  const [, ...shape] = fixture.input;
  const width = shape.reduce((product, length) => product * length, 1);
  let start = 0;
  return sizes.map((count) => {
    const features = { shape: [count, ...shape], data: data.slice(start * width, (start + count) * width) };
    const frames = { shape: [count], data: Int32Array.from(fixture.frames.slice(start, start + count)) };
    start += count;
    return itemRow({}, { features, frames });
  });
}

async function run(
  models: readonly Tensors[],
  features: ReturnType<typeof utterances>,
  others: Partial<Pick<Parameters<typeof recognise.run>[0], 'timing' | 'span'>> = {},
): Promise<NewDataAnswers> {
  const given = {
    model: models.map((model, index) => eachEntry({ seed: index + 1 }, { model })),
    features,
    timing: undefined,
    span: undefined,
    ...others,
  };
  const { answers } = await recognise.run(given, {}, stageContext({ engine }));
  return answers as unknown as NewDataAnswers;
}

const answersIn = ({ items }: NewDataAnswers): NewDataAnswer[] =>
  items.map((item) => ('fault' in item ? expect.fail(item.fault.message) : item));

describe('one model', () => {
  const sizes = [1, 2, fixture.input[0] - 3];

  test('gives the posteriors of PyTorch in float64 for each segment, whatever utterances they are in', async () => {
    const answers = answersIn(await run([modelOf()], utterances(sizes)));
    expect(answers.map(({ segments }) => segments.length)).toEqual(sizes);
    const posteriors = answers.flatMap(({ segments }) => segments.flatMap((segment) => segment.posteriors));
    expectClose(Float32Array.from(posteriors), fixture.probabilities, 1e-4, 'posteriors');
  });

  test('gives an utterance the mean of its segments, and no deviation', async () => {
    const [, two] = answersIn(await run([modelOf()], utterances(sizes)));
    const reference = unpack(fixture.probabilities);
    const mean = classes.map((_, at) => ((reference[4 + at] ?? NaN) + (reference[8 + at] ?? NaN)) / 2);
    two?.posteriors.forEach((posterior, at) => expect(posterior).toBeCloseTo(mean[at] ?? NaN, 5));
    expect(two?.predicted).toBe(classes[mean.indexOf(Math.max(...mean))]);
    expect(two).toMatchObject({ deviations: null, agreement: 1 });
  });

  test('answers more segments than are handed over at once as it answers few', async () => {
    const few = answersIn(await run([modelOf()], utterances([fixture.input[0]])));
    const many = Array.from({ length: 16 }, () => utterances([fixture.input[0]])).flat();
    const answers = answersIn(await run([modelOf()], many));
    expect(answers).toHaveLength(16);
    for (const answer of answers) expect(answer).toEqual(few[0]);
  });
});

describe('several models', () => {
  const constant = [0.1, 0.2, 0.3, 0.4];

  test('give the mean of their posteriors, and its standard deviation over them', async () => {
    const [answer] = answersIn(await run([modelOf(), modelOf({ always: constant })], utterances([1])));
    const first = [...unpack(fixture.probabilities).slice(0, 4)];
    constant.forEach((value, at) => {
      const other = first[at] ?? NaN;
      expect(answer?.posteriors[at]).toBeCloseTo((value + other) / 2, 5);
      // Of two values, the sample standard deviation is their difference over the root of two.
      expect(answer?.deviations?.[at]).toBeCloseTo(Math.abs(value - other) / Math.SQRT2, 5);
    });
  });

  test('agree as far as their own answers are the common one', async () => {
    const models = [
      [0.1, 0.2, 0.3, 0.4],
      [0.1, 0.2, 0.3, 0.4],
      [0.4, 0.3, 0.2, 0.1],
    ].map((always) => modelOf({ always }));
    const [answer] = answersIn(await run(models, utterances([2])));
    expect(answer).toMatchObject({ predicted: 'neutral', agreement: 2 / 3 });
    expect(answer?.segments.map(({ agreement }) => agreement)).toEqual([2 / 3, 2 / 3]);
  });

  test('that have different classes are refused', async () => {
    const other = modelOf({ classes: [...classes].reverse() });
    await expect(run([modelOf(), other], utterances([1]))).rejects.toThrow('different classes');
  });

  test('of which one is a control say so', async () => {
    const control = modelOf({ labels: 'permuted within speaker' });
    expect((await run([modelOf()], utterances([1]))).notes).toEqual([]);
    expect((await run([modelOf(), control], utterances([1]))).notes.join()).toContain('permuted labels');
  });
});

test('without a model there is no answer', async () => {
  await expect(run([], utterances([1]))).rejects.toThrow('no model');
});

test('an utterance that cannot be used is a fault in its place, and the others are answered', async () => {
  const [first, second, third] = utterances([1, 1, 1]);
  const broken = (await second?.read()) ?? expect.fail('no second utterance');
  broken.features.data.fill(NaN);
  const all = [first, second, third].flatMap((row) => row ?? []);
  const { items } = await run([modelOf()], all);
  expect(items.map((item) => ('fault' in item ? item.fault.code : item.predicted))).toEqual([
    expect.any(String),
    'features-not-finite',
    expect.any(String),
  ]);
  const alone = answersIn(
    await run(
      [modelOf()],
      [first, third].flatMap((row) => row ?? []),
    ),
  );
  expect([items[0], items[2]]).toEqual(alone);
});

describe('the times of segments', () => {
  const timing = { sampleRate: 100, startSeconds: [0, 1.5], validSamples: [250, 120] };

  test('are counted from the beginning of the file, and end with what is real', async () => {
    const others = {
      timing: [itemRow({}, { timing })],
      span: [itemRow({}, { span: { startSeconds: 0.25, endSeconds: 4 } })],
    };
    const [answer] = answersIn(await run([modelOf()], utterances([2]), others));
    expect(answer?.segments.map(({ start, end }) => [start, end])).toEqual([
      [0.25, 2.75],
      [1.75, 2.95],
    ]);
  });

  test('are null where no stage tells them', async () => {
    const [answer] = answersIn(await run([modelOf()], utterances([1])));
    expect(answer?.segments[0]).toMatchObject({ start: null, end: null });
  });

  test('that are not what `segment` writes are refused', () => {
    expect(segmentTimes(timing, undefined)[1]).toEqual({ start: 1.5, end: 2.7 });
    for (const wrong of [null, {}, { ...timing, startSeconds: [0] }, { ...timing, validSamples: ['a', 'b'] }]) {
      expect(dataErrorOf(() => segmentTimes(wrong, undefined)).code).toBe('malformed-segments');
    }
    expect(dataErrorOf(() => segmentTimes(timing, { begin: 1 })).code).toBe('malformed-segments');
  });
});

test('of equal posteriors the first class is the answer', () => {
  expect(judge([[[0.5, 0.5]]], ['a', 'b'], []).predicted).toBe('a');
});
