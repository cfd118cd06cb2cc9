import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeArtifact, encodeArtifact, type Engine, type Tensors } from '../../src/stage/index.ts';
import type { Answers } from '../../stages/evaluate/answers.ts';
import predict from '../../stages/predict.ts';
import { attentionOf } from '../../stages/predict/attention.ts';
import { encodeModel } from '../../stages/train/model.ts';
import { expectClose, readFixture, unpack, wasmEngine, type Packed } from '../support/network-fixture.ts';
import { configuration } from './network/configuration.ts';
import { itemRow, stageContext } from './rig.ts';

interface Fixture {
  readonly convolution: '2d' | '3d';
  readonly mask: 'none' | 'valid';
  readonly input: readonly [number, number, number, number];
  readonly filters: number[];
  readonly kernels: number[][];
  readonly pools: number[][];
  readonly lstm: number;
  readonly dense: number;
  readonly classes: number;
  readonly data: Packed;
  readonly mean: Packed;
  readonly deviation: Packed;
  readonly frames: readonly number[];
  readonly end: Readonly<Record<string, Packed>>;
  readonly probabilities: Packed;
  readonly attention: Packed;
}

let engine: Engine;
beforeAll(async () => {
  engine = await wasmEngine();
});
afterAll(() => engine.close());

const classNames = ['anger', 'sadness', 'happiness', 'neutral', 'fear', 'disgust'];

/** The model that PyTorch trained in ten steps. */
function modelOf(fixture: Fixture): Tensors {
  const { convolution, mask, filters, kernels, pools, lstm, dense, end, input } = fixture;
  return encodeModel({
    network: configuration({ convolution, mask, filters, kernels, pools, lstm, dense }),
    classes: classNames.slice(0, fixture.classes),
    labels: 'as given',
    input: input.slice(1),
    scaling: { mean: unpack(fixture.mean), deviation: unpack(fixture.deviation) },
    weights: Object.fromEntries(
      Object.entries(end).map(([name, packed]) => [name, { shape: packed.shape, data: unpack(packed) }]),
    ),
  });
}

/** The fixture's segments as utterances of `sizes` segments; the first has the last id. */
function utterances(fixture: Fixture, sizes: readonly number[], rows?: readonly number[]) {
  const [, ...shape] = fixture.input;
  const width = shape.reduce((product, length) => product * length, 1);
  const data = unpack(fixture.data);
  let start = 0;
  return sizes.map((count, index) => {
    const features = { shape: [count, ...shape], data: data.slice(start * width, (start + count) * width) };
    const frames = { shape: [count], data: Int32Array.from(fixture.frames.slice(start, start + count)) };
    start += count;
    const columns = { id: `u${sizes.length - index}`, label: classNames[0] ?? '', speaker: 's' };
    return itemRow(columns, { features, frames }, rows ? { part: 'test', rows } : { part: 'test' });
  });
}

async function run(fixture: Fixture, features: ReturnType<typeof utterances>) {
  const given = { model: { model: modelOf(fixture) }, features, folds: null };
  const { answers, attention } = await predict.run(given, {}, stageContext({ engine }));
  const stored = decodeArtifact('tensors', encodeArtifact('tensors', attention));
  return { answers: answers as unknown as Answers, attention: stored };
}

describe.each(['network-2d.json', 'network-3d.json'])('%s: predict', (name) => {
  const fixture = readFixture(name) as Fixture;
  const [count] = fixture.input;
  const sizes = [1, 2, count - 3];

  test('gives the posteriors and attention weights of PyTorch in float64, for each utterance its own', async () => {
    const { answers, attention } = await run(fixture, utterances(fixture, sizes));
    expect(answers.utterances.map(({ id }) => id)).toEqual(['u1', 'u2', 'u3']);
    const inGivenOrder = [...answers.utterances].reverse();
    expect(inGivenOrder.map(({ segments }) => segments.length)).toEqual(sizes);
    const posteriors = inGivenOrder.flatMap(({ segments }) => segments.flat());
    expectClose(Float32Array.from(posteriors), fixture.probabilities, 1e-4, 'posteriors');
    const found = inGivenOrder.map(({ id }) => attentionOf(attention, id) ?? expect.fail(`no attention of ${id}`));
    expect(found.map(({ weights }) => weights.shape[0])).toEqual(sizes);
    const weights = found.flatMap((one) => [...one.weights.data]);
    expectClose(Float32Array.from(weights), fixture.attention, 1e-4, 'attention');
  });

  test('says how many frames a step of the attention covers', async () => {
    const { attention } = await run(fixture, utterances(fixture, [1]));
    const pooled = fixture.pools.reduce((product, [frames = 1]) => product * frames, 1);
    const { weights, framesPerStep, segments } = attentionOf(attention, 'u1') ?? expect.fail('no attention');
    expect(framesPerStep).toBe(pooled);
    expect(weights.shape[1]).toBe(Math.floor(fixture.input[1] / pooled));
    expect(segments).toBeUndefined();
  });

  test('says which segments they are where an utterance was split among parts', async () => {
    const whole = await run(fixture, utterances(fixture, [3]));
    const part = await run(fixture, utterances(fixture, [3], [2]));
    const { weights, segments } = attentionOf(part.attention, 'u1') ?? expect.fail('no attention');
    expect(segments).toEqual([2]);
    const { data, shape } = attentionOf(whole.attention, 'u1')?.weights ?? expect.fail('no attention');
    expect(weights.shape).toEqual([1, shape[1]]);
    expect([...weights.data]).toEqual([...data.slice(2 * (shape[1] ?? 0))]);
    expect(attentionOf(part.attention, 'u7')).toBeUndefined();
  });
});
