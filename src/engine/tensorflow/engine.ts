import type { Engine, EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import { attention } from './attention.ts';
import { batchNorm, batchNormInference } from './batch-norm.ts';
import type { Binding } from './binding.ts';
import { convolution } from './convolution.ts';
import { crossEntropy } from './cross-entropy.ts';
import { TensorflowDataset } from './dataset.ts';
import { dense } from './dense.ts';
import { type LstmChoice, type LstmKind, chooseLstm, lstmOf } from './lstm-of.ts';
import { createOperations, type Attributes } from './operations.ts';
import { adam, sgd } from './optimisers.ts';
import { createTensors, type Tensors } from './tensors.ts';

export const name = 'tensorflow';
export const version = '1';

export interface TensorflowEngine extends Engine {
  readonly lstm: LstmChoice;
}

/** The engine by the operations of a loaded library, and by an LSTM that is tried and chosen where none is given. */
export function engineOn(binding: Binding, kind?: LstmKind): TensorflowEngine {
  const tensors = createTensors(createOperations(binding));
  const lstm = kind === undefined ? chooseLstm(tensors) : { kind };
  const datasets = new Set<TensorflowDataset>();
  const { operations, adopt, at } = tensors;
  const { frame, run, float } = operations;
  const elementwise = (operation: string, shape: readonly number[], ...of: EngineTensor[]): EngineTensor => {
    const attributes: Attributes = { T: float };
    return frame((keep) => adopt(keep(run(operation, attributes, ...of.map(at))), shape));
  };
  return {
    name,
    version,
    lstm,
    tensor: (shape, values) => adopt(upload(tensors, shape, values ?? new Float32Array(sizeOf(shape))), shape),
    write: (target, values) => {
      at(target);
      tensors.set(target, upload(tensors, target.shape, values));
    },
    read: (source) => new Promise((resolve) => resolve(operations.read(at(source)))),
    reshape: tensors.reshape,
    dispose: (...some) => some.forEach(tensors.dispose),
    scope: tensors.scope,
    close() {
      for (const data of datasets) data.dispose();
      tensors.close();
    },
    dataset(rowShape) {
      const data = new TensorflowDataset(tensors, rowShape);
      datasets.add(data);
      return data;
    },
    gather(data, rows, mean, scale) {
      if (!(data instanceof TensorflowDataset) || !datasets.has(data)) {
        throw new Error('this data set belongs to another engine');
      }
      return data.gather(rows, mean, scale);
    },
    convolution: (x, filter) => convolution(tensors, x, filter),
    batchNorm: (x, parameters, settings) => batchNorm(tensors, x, parameters, settings),
    batchNormInference: (x, parameters, settings) => batchNormInference(tensors, x, parameters, settings),
    bidirectionalLstm: lstmOf(tensors, lstm.kind),
    attention: (h, vector, lengths) => attention(tensors, h, vector, lengths),
    dense: (x, weights, bias) => dense(tensors, x, weights, bias),
    relu(x) {
      const output = elementwise('Relu', x.shape, x);
      return { output, gradient: (gradient) => elementwise('ReluGrad', x.shape, gradient, output) };
    },
    multiply: (x, mask) => elementwise('Mul', x.shape, x, mask),
    softmax: (logits) => elementwise('Softmax', logits.shape, logits),
    crossEntropy: crossEntropy(tensors),
    adam: adam(tensors),
    sgd: sgd(tensors),
  };
}

/** A tensor of a copy: TensorFlow may share the memory that it is given. */
function upload({ operations }: Tensors, shape: readonly number[], values: Float32Array): number {
  if (values.length !== sizeOf(shape)) throw new Error(`${values.length} numbers for [${shape.join(', ')}]`);
  return operations.frame((keep) => keep(operations.floats(shape, values.slice())));
}
