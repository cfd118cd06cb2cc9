import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, EngineTensor, LstmParameters } from '../../src/stage/index.ts';
import { expectClose, readFixture, unpack, type Packed } from './network-fixture.ts';

interface Case {
  readonly name: string;
  readonly arguments: Readonly<Record<string, Packed>>;
  readonly output: Packed;
  readonly outputGradient: Packed;
  readonly gradients: Readonly<Record<string, Packed>>;
}
interface BatchNormCase extends Case {
  readonly settings: { momentum: number; epsilon: number; pool: number[]; leak: number };
  readonly before: { readonly mean: Packed; readonly variance: Packed };
  readonly after: { readonly mean: Packed; readonly variance: Packed };
  readonly inference: Packed;
}
interface AttentionCase extends Case {
  readonly lengths: number[] | null;
  readonly weights: Packed;
}
interface CrossEntropyCase {
  readonly name: string;
  readonly logits: Packed;
  readonly labels: number[];
  readonly weights: number[];
  readonly loss: number;
  readonly gradient: Packed;
  readonly softmax: Packed;
}
interface KernelFixture {
  readonly convolution: readonly Case[];
  readonly batchNorm: readonly BatchNormCase[];
  readonly lstm: readonly Case[];
  readonly attention: readonly AttentionCase[];
  readonly dense: readonly Case[];
  readonly crossEntropy: readonly CrossEntropyCase[];
}

/**
 * Tests every kernel and its gradient against PyTorch in float64. `tolerance`: largest difference, as a share of the
 * largest value of a tensor; the engine computes in float32.
 */
export function describeKernels(
  name: string,
  create: () => Promise<Engine>,
  { tolerance }: { readonly tolerance: number },
): void {
  const fixture = readFixture('kernels.json') as KernelFixture;
  let engine: Engine;
  beforeAll(async () => {
    engine = await create();
  });
  afterAll(() => engine.close());

  const upload = (packed: Packed) => engine.tensor(packed.shape, unpack(packed));
  const argumentsOf = (one: Case) => {
    const tensors = new Map(Object.entries(one.arguments).map(([argument, packed]) => [argument, upload(packed)]));
    return (argument: string) => tensors.get(argument) ?? expect.fail(`no argument ${argument}`);
  };
  const expectGradients = async (one: Case, gradients: Readonly<Record<string, EngineTensor | undefined>>) => {
    for (const [by, reference] of Object.entries(one.gradients)) {
      const gradient = gradients[by] ?? expect.fail(`no gradient by ${by}`);
      expect(gradient.shape, by).toEqual(reference.shape);
      expectClose(await engine.read(gradient), reference, tolerance, `gradient by ${by}`);
    }
  };
  const expectOutput = async (tensor: EngineTensor, reference: Packed) => {
    expect(tensor.shape).toEqual(reference.shape);
    expectClose(await engine.read(tensor), reference, tolerance, 'output');
  };

  describe(`the ${name} engine agrees with PyTorch in float64 on`, () => {
    test.each(fixture.convolution)('the convolution of $name', async (one) => {
      const get = argumentsOf(one);
      const { output, gradient } = engine.convolution(get('x'), get('filter'));
      await expectOutput(output, one.output);
      const gradients = gradient(upload(one.outputGradient), true);
      await expectGradients(one, { x: gradients.input, filter: gradients.filter });
    });

    test.each(fixture.batchNorm)('batch normalisation of $name', async (one) => {
      const get = argumentsOf(one);
      const parameters = {
        gamma: get('gamma'),
        beta: get('beta'),
        mean: upload(one.before.mean),
        variance: upload(one.before.variance),
      };
      await expectOutput(engine.batchNormInference(get('x'), parameters, one.settings), one.inference);
      const { output, gradient } = engine.batchNorm(get('x'), parameters, one.settings);
      await expectOutput(output, one.output);
      await expectOutput(parameters.mean, one.after.mean);
      await expectOutput(parameters.variance, one.after.variance);
      const gradients = gradient(upload(one.outputGradient));
      await expectGradients(one, { x: gradients.input, gamma: gradients.gamma, beta: gradients.beta });
    });

    test.each(fixture.lstm)('the bidirectional LSTM of $name', async (one) => {
      const get = argumentsOf(one);
      const [forward, backward] = ['forward', 'backward'].map((name): LstmParameters => ({
        input: get(`${name}.input`),
        recurrent: get(`${name}.recurrent`),
        bias: get(`${name}.bias`),
      }));
      if (!forward || !backward) return expect.fail();
      const { output, gradient } = engine.bidirectionalLstm(get('x'), forward, backward);
      await expectOutput(output, one.output);
      const gradients = gradient(upload(one.outputGradient));
      const named: Record<string, EngineTensor> = { x: gradients.input };
      for (const direction of ['forward', 'backward'] as const) {
        for (const name of ['input', 'recurrent', 'bias'] as const) {
          named[`${direction}.${name}`] = gradients[direction][name];
        }
      }
      await expectGradients(one, named);
    });

    test.each(fixture.attention)('attention with $name', async (one) => {
      const get = argumentsOf(one);
      const { output, weights, gradient } = engine.attention(get('h'), get('vector'), one.lengths ?? undefined);
      await expectOutput(output, one.output);
      await expectOutput(weights, one.weights);
      const gradients = gradient(upload(one.outputGradient));
      await expectGradients(one, { h: gradients.input, vector: gradients.vector });
    });

    test.each(fixture.dense)('a dense layer of $name', async (one) => {
      const get = argumentsOf(one);
      const { output, gradient } = engine.dense(get('x'), get('weights'), get('bias'));
      await expectOutput(output, one.output);
      const { input, weights, bias } = gradient(upload(one.outputGradient));
      await expectGradients(one, { x: input, weights, bias });
    });

    test.each(fixture.crossEntropy)('$name cross-entropy and softmax', async (one) => {
      const logits = upload(one.logits);
      const { loss, gradient } = engine.crossEntropy(logits, one.labels, one.weights);
      expect((await engine.read(loss))[0]).toBeCloseTo(one.loss, 5);
      await expectOutput(gradient, one.gradient);
      await expectOutput(engine.softmax(logits), one.softmax);
    });
  });
}
