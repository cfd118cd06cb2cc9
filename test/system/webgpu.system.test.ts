import { env, platform } from 'node:process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBackend } from '../../src/engine/webgpu/backend.ts';
import { describeDevice, openDevice } from '../../src/engine/webgpu/device.ts';
import { createGpu } from '../../src/engine/webgpu/gpu.ts';
import createWebGpuEngine, { type WebGpuEngine } from '../../src/engine/webgpu/index.ts';
import { randomStream, type Engine, type EngineTensor, type NumericArray } from '../../src/stage/index.ts';
import { createNetwork, createOptimiser, type NetworkConfig } from '../../stages/network/index.ts';
import { configuration, optimiserSettings } from '../stages/network/configuration.ts';
import { describeKernels, describeNetwork, describeRepeats, describeTensors } from '../support/engine-conformance.ts';
import { wasmEngine } from '../support/network-fixture.ts';

// Mesa's software driver, so that no GPU is needed: libegl1 libegl-mesa0 libgl1-mesa-dri of Debian.
if (platform === 'linux') env['PIPE_WEBGPU'] ??= 'opengles';

const create = async () => {
  const made = await createWebGpuEngine({ threads: 1, asset: () => Promise.reject(new Error('no assets')) });
  return made as WebGpuEngine;
};

describeKernels('webgpu', create, { tolerance: 1e-5 });
describeTensors('webgpu', create);
describeNetwork('webgpu', create);
describeRepeats('webgpu', create);

let engine: WebGpuEngine;
let wasm: Engine;
beforeAll(async () => {
  engine = await create();
  wasm = await wasmEngine();
});
afterAll(() => {
  engine.close();
});

test('the device has a name, and is known to be software', async () => {
  const described = await describeDevice();
  expect(described.device).toBe(engine.device);
  if (env['PIPE_WEBGPU'] === 'opengles') expect(described).toMatchObject({ software: true });
});

describe('the webgpu engine agrees with the wasm engine', () => {
  const sizes = [
    { depth: 3, convolution: '2d', input: [21, 19, 5] },
    { depth: 4, convolution: '2d', input: [17, 35, 3] },
    { depth: 5, convolution: '2d', input: [9, 33, 2] },
    { depth: 6, convolution: '2d', input: [11, 67, 1] },
    { depth: 4, convolution: '3d', input: [9, 17, 9] },
  ] as const;
  test.each(sizes)('on loss and gradients at depth $depth in $convolution', async ({ input, ...changes }) => {
    const [actual, expected] = [await gradientsOf(engine, input, changes), await gradientsOf(wasm, input, changes)];
    expect(actual.loss).toBeCloseTo(expected.loss, 5);
    expect(Object.keys(actual.gradients)).toEqual(Object.keys(expected.gradients));
    for (const [name, { data }] of Object.entries(expected.gradients)) {
      expectNear(actual.gradients[name]?.data, data, 1e-4, name);
    }
  });

  test('on an LSTM with more units than a group has threads, and samples that fill no group', async () => {
    const [actual, expected] = [await lstmOf(engine, 150), await lstmOf(wasm, 150)];
    expected.forEach((values, at) => expectNear(actual[at], values, 1e-5, `tensor ${at}`));
  });
});

describe('what needs more groups than an axis has', () => {
  test('a product of many rows', async () => {
    const rows = 4_300_000;
    const x = engine.tensor(
      [rows, 1],
      Float32Array.from({ length: rows }, (_, row) => row % 1000),
    );
    const [weights, bias] = [engine.tensor([1, 1], Float32Array.of(2)), engine.tensor([1], Float32Array.of(1))];
    const found = await engine.read(engine.dense(x, weights, bias).output);
    expect(found.findIndex((value, row) => value !== 2 * (row % 1000) + 1)).toBe(-1);
  });

  test('the gradient by a filter of two million weights', async () => {
    const [actual, expected] = [await filterGradientOf(engine), await filterGradientOf(wasm)];
    expectNear(actual, expected, 1e-5, 'filter');
  });
});

describe('a training step on the webgpu engine', () => {
  test('takes at most 80 dispatches, and gives all memory back', async () => {
    const { step, bytes } = training(engine);
    await step();
    const before = bytes();
    const dispatches = await countDispatches(step);
    expect(dispatches).toBeLessThanOrEqual(80);
    expect(bytes()).toBe(before);
    await step();
    expect(bytes()).toBe(before);
  });
});

test('memory that was used for tensors of other sizes is let go', async () => {
  const own = await create();
  const one = own.tensor([1], Float32Array.of(7));
  for (let megabytes = 8; megabytes < 40; megabytes++) {
    own.scope(() => own.relu(own.tensor([megabytes * 2 ** 18])));
    expect(await own.read(one)).toEqual(Float32Array.of(7));
    expect(own.memory().held).toBeLessThan(200 * 2 ** 20);
  }
  expect(own.memory().used).toBeLessThan(2 ** 20);
  own.close();
});

test('rows that are added later lie in a further buffer', async () => {
  const data = engine.dataset([2]);
  const [mean, scale] = [engine.tensor([2]), engine.tensor([2], Float32Array.of(1, 1))];
  data.add(Float32Array.of(0, 1, 2, 3));
  expect(await engine.read(engine.gather(data, [1], mean, scale))).toEqual(Float32Array.of(2, 3));
  data.add(Float32Array.of(4, 5));
  data.add(Float32Array.of(6, 7));
  const all = engine.gather(data, [3, 0, 2, 0], mean, scale);
  expect(await engine.read(all)).toEqual(Float32Array.of(6, 7, 0, 1, 4, 5, 0, 1));
});

describe('what fails on the GPU is told', () => {
  test('a lost device', async () => {
    const open = await openDevice();
    const gpu = createGpu(open, await createBackend(open));
    gpu.check();
    open.gpu.destroy();
    await open.gpu.lost;
    expect(() => gpu.check()).toThrow(expect.objectContaining({ code: 'webgpu-device-lost', exitCode: 4 }));
  });

  test('a device that is lost while numbers are awaited', async () => {
    const request = vi.spyOn(GPUAdapter.prototype, 'requestDevice');
    const lost = await create();
    const device = await (request.mock.results[0]?.value as Promise<GPUDevice>);
    request.mockRestore();
    const tensor = lost.tensor([2], Float32Array.of(1, 2));
    const reading = lost.read(lost.multiply(tensor, tensor));
    device.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'webgpu-device-lost', exitCode: 4 });
    expect(() => lost.multiply(tensor, tensor)).toThrow('stopped working');
  });

  test('a result that is too large', () => {
    const [x, weights, bias] = [[65536, 1], [1, 65536], [65536]].map((shape) => engine.tensor(shape));
    if (!x || !weights || !bias) throw new Error('three tensors');
    expect(() => engine.dense(x, weights, bias)).toThrow(
      expect.objectContaining({
        code: 'engine-memory',
        message: expect.stringContaining('a tensor of [65536, 65536] is larger than') as string,
      }),
    );
  });
});

/** Loss and gradients of one batch, with the same weights on every engine. */
async function gradientsOf(on: Engine, input: readonly number[], changes: Partial<NetworkConfig>) {
  const { network, batch } = setUp(on, input, configuration(changes));
  const result = await network.gradients(batch);
  batch.data.dispose();
  return result;
}

function setUp(on: Engine, input: readonly number[], config: NetworkConfig) {
  const random = randomStream('weights and data');
  const standard = input.slice(1).reduce((product, length) => product * length, 1);
  const scaling = { mean: new Float32Array(standard).fill(0.1), deviation: new Float32Array(standard).fill(0.9) };
  const network = createNetwork(on, config, { input, classes: 3 }, scaling, random);
  const data = on.dataset(input);
  data.add(Float32Array.from({ length: 3 * (input[0] ?? 0) * standard }, () => random.normal()));
  const rows = [2, 0, 1];
  const batch = { data, rows, frames: rows.map(() => input[0] ?? 0), labels: [0, 2, 1], classWeights: [1, 2, 0.5] };
  return { network, batch };
}

/** Output and gradients of an LSTM over five samples. */
async function lstmOf(on: Engine, units: number): Promise<Float32Array[]> {
  const random = randomStream('lstm');
  const tensor = (...shape: number[]) => {
    const length = shape.reduce((product, axis) => product * axis, 1);
    return on.tensor(
      shape,
      Float32Array.from({ length }, () => 0.3 * random.normal()),
    );
  };
  const direction = () => ({
    input: tensor(3, 4 * units),
    recurrent: tensor(units, 4 * units),
    bias: tensor(4 * units),
  });
  const { output, gradient } = on.bidirectionalLstm(tensor(5, 4, 3), direction(), direction());
  const { input, forward, backward } = gradient(tensor(5, 4, 2 * units));
  const tensors: EngineTensor[] = [
    output,
    input,
    ...[forward, backward].flatMap((one) => Object.values(one) as EngineTensor[]),
  ];
  return Promise.all(tensors.map((one) => on.read(one)));
}

async function filterGradientOf(on: Engine): Promise<Float32Array> {
  const channels = 512;
  const random = randomStream('filter');
  const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
  const x = on.tensor([1, 2, 1, channels], normal(2 * channels));
  const { gradient } = on.convolution(x, on.tensor([3, 3, channels, channels]));
  return on.read(gradient(on.tensor([1, 2, 1, channels], normal(2 * channels)), false).filter);
}

/** One step of training after another, of the usual network made small. */
function training(on: WebGpuEngine) {
  const config = configuration({ dropout: { sequence: 0, pooled: 0.3, dense: 0.3 } });
  const { network, batch } = setUp(on, [16, 16, 4], config);
  const optimiser = createOptimiser(on, optimiserSettings('adam'));
  const random = randomStream('dropout');
  return { step: () => network.trainStep(batch, { optimiser, rate: 1e-3, random }), bytes: () => on.memory().used };
}

async function countDispatches(work: () => Promise<unknown>): Promise<number> {
  const { prototype } = GPUComputePassEncoder;
  const original = prototype.dispatchWorkgroups;
  let count = 0;
  prototype.dispatchWorkgroups = function (...groups) {
    count += 1;
    original.apply(this, groups);
  };
  try {
    await work();
  } finally {
    prototype.dispatchWorkgroups = original;
  }
  return count;
}

function expectNear(
  actual: NumericArray['data'] | undefined,
  expected: NumericArray['data'],
  tolerance: number,
  what: string,
) {
  expect(actual?.length, what).toBe(expected.length);
  let largest = 1e-6;
  let difference = 0;
  expected.forEach((value, at) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - (actual?.[at] ?? NaN)));
  });
  expect(difference / largest, `${what}: largest relative difference`).toBeLessThanOrEqual(tolerance);
}
