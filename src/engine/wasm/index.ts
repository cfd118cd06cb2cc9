import type { AdamSettings, CreateEngine, Engine, EngineTensor, SgdSettings } from '../../stage/engine.ts';
import { power } from '../power.ts';
import { sizeOf } from '../shape.ts';
import { createArena, type Arena } from './arena.ts';
import { batchNorm, batchNormInference } from './batch-norm.ts';
import { convolution } from './convolution.ts';
import { gather, WasmDataset } from './dataset.ts';
import { dense, matrixGradients } from './dense.ts';
import { loadKernels, type Kernels } from './kernels.ts';
import { bidirectionalLstm } from './lstm.ts';
import { createMemoryPool } from './memory-pool.ts';

export const name = 'wasm';
export const version = '1';
export const assets = ['build/kernels.wasm'];

export interface WasmEngine extends Engine {
  /** Bytes of tensors, without data sets. */
  memory(): { readonly used: number };
}

/**
 * The embedded engine: WebAssembly SIMD in one thread, with nothing but Node. Only operations whose result IEEE 754
 * fixes, in a fixed order: the same bits on every machine.
 */
const createEngine = async ({ asset }: Parameters<CreateEngine>[0]): Promise<WasmEngine> => {
  const kernels = await loadKernels(await asset('build/kernels.wasm'));
  const pool = createMemoryPool(kernels.memory, kernels.heapBase());
  return engineOf(createArena(pool), kernels);
};

export default createEngine;

function engineOf(arena: Arena, kernels: Kernels): WasmEngine {
  const datasets = new Set<WasmDataset>();
  const tensor = (shape: readonly number[], values?: Float32Array): EngineTensor => {
    const made = arena.make(shape);
    if (values) write(arena, made, values);
    else arena.view(made).fill(0);
    return made;
  };
  return {
    name,
    version,
    memory: () => ({ used: arena.pool.used() }),
    tensor,
    write: (target, values) => write(arena, target, values),
    read: (source) => new Promise((resolve) => resolve(arena.view(source).slice())),
    reshape: arena.reshape,
    dispose: (...tensors) => tensors.forEach(arena.dispose),
    scope: arena.scope,
    close() {
      for (const data of datasets) data.dispose();
    },
    dataset(rowShape) {
      const data = new WasmDataset(rowShape);
      datasets.add(data);
      return data;
    },
    gather: (data, rows, mean, scale) => gather(arena, kernels, data, rows, mean, scale),
    convolution: (x, filter) => convolution(arena, kernels, x, filter),
    batchNorm: (x, parameters, settings) => batchNorm(arena, kernels, x, parameters, settings),
    batchNormInference: (x, parameters, settings) => batchNormInference(arena, kernels, x, parameters, settings),
    bidirectionalLstm: (x, forward, backward) => bidirectionalLstm(arena, kernels, x, forward, backward),
    attention: (h, vector, lengths) => attention(arena, kernels, h, vector, lengths),
    dense: (x, weights, bias) => ({
      output: dense(arena, kernels, x, weights, bias),
      gradient: (outputGradient) =>
        matrixGradients(arena, kernels, x, weights, outputGradient, arena.make(x.shape), false),
    }),
    relu: (x) => relu(arena, kernels, x),
    multiply(x, mask) {
      const output = arena.make(x.shape);
      kernels.product(arena.at(x), arena.at(mask), sizeOf(x.shape), arena.at(output));
      return output;
    },
    softmax(logits) {
      const output = arena.make(logits.shape);
      kernels.softmax(arena.at(logits), ...logits.shape, arena.at(output));
      return output;
    },
    crossEntropy: (logits, labels, classWeights) => crossEntropy(arena, kernels, logits, labels, classWeights),
    adam: (parameter, gradient, first, second, settings) =>
      adam(kernels, [parameter, gradient, first, second].map(arena.at), sizeOf(parameter.shape), settings),
    sgd: (parameter, gradient, velocity, settings) =>
      sgd(kernels, [parameter, gradient, velocity].map(arena.at), sizeOf(parameter.shape), settings),
  };
}

function write(arena: Arena, target: EngineTensor, values: Float32Array): void {
  const view = arena.view(target);
  if (values.length !== view.length) throw new Error(`${values.length} numbers for [${target.shape.join(', ')}]`);
  view.set(values);
}

function attention(
  arena: Arena,
  kernels: Kernels,
  h: EngineTensor,
  vector: EngineTensor,
  lengths: readonly number[] | undefined,
): ReturnType<Engine['attention']> {
  const [samples = 0, steps = 0, width = 0] = h.shape;
  const output = arena.make([samples, width]);
  const weights = arena.make([samples, steps]);
  arena.withScratch([4 * samples], (used = 0) => {
    arena.pool.integers(used, samples).set(lengths ?? new Array<number>(samples).fill(steps));
    const to = [arena.at(weights), arena.at(output)];
    kernels.attention(arena.at(h), arena.at(vector), used, samples, steps, width, ...to);
  });
  return {
    output,
    weights,
    gradient(outputGradient) {
      const gradients = { input: arena.make(h.shape), vector: arena.make(vector.shape) };
      const from = [h, vector, weights, outputGradient].map(arena.at);
      arena.withScratch([4 * steps], (scores = 0) => {
        const to = [arena.at(gradients.input), arena.at(gradients.vector)];
        kernels.attentionGradient(...from, samples, steps, width, scores, ...to);
      });
      return gradients;
    },
  };
}

function relu(arena: Arena, kernels: Kernels, x: EngineTensor): ReturnType<Engine['relu']> {
  const size = sizeOf(x.shape);
  const output = arena.make(x.shape);
  kernels.relu(arena.at(x), size, arena.at(output));
  return {
    output,
    gradient(outputGradient) {
      const result = arena.make(x.shape);
      kernels.reluGradient(arena.at(output), arena.at(outputGradient), size, arena.at(result));
      return result;
    },
  };
}

function crossEntropy(
  arena: Arena,
  kernels: Kernels,
  logits: EngineTensor,
  labels: readonly number[],
  classWeights: readonly number[],
): ReturnType<Engine['crossEntropy']> {
  const loss = arena.make([1]);
  const gradient = arena.make(logits.shape);
  arena.withScratch([4 * labels.length, 4 * classWeights.length], (labelsAt = 0, weightsAt = 0) => {
    arena.pool.integers(labelsAt, labels.length).set(labels);
    arena.pool.floats(weightsAt, classWeights.length).set(classWeights);
    const to = [arena.at(loss), arena.at(gradient)];
    kernels.crossEntropy(arena.at(logits), labelsAt, weightsAt, ...logits.shape, ...to);
  });
  return { loss, gradient };
}

function adam(kernels: Kernels, addresses: readonly number[], size: number, settings: AdamSettings): void {
  const { rate, beta1, beta2, epsilon, step } = settings;
  const corrected = rate / (1 - power(beta1, step));
  kernels.adam(...addresses, size, beta1, beta2, corrected, Math.sqrt(1 - power(beta2, step)), epsilon);
}

function sgd(kernels: Kernels, addresses: readonly number[], size: number, { rate, momentum }: SgdSettings): void {
  kernels.sgd(...addresses, size, rate, momentum);
}
