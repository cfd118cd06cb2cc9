import { expect, test } from 'vitest';
import { loadBinding } from '../../src/engine/tensorflow/binding.ts';
import { engineOn } from '../../src/engine/tensorflow/engine.ts';
import { emulateCudnn, replaceParts } from '../support/cudnn-emulation.ts';
import { describeKernels } from '../support/engine-conformance.ts';
import { installedFolder } from '../support/tensorflow-engine.ts';

// Without a GPU: what is passed to cuDNN and taken from it, by its documented equations, against PyTorch's results.
const library = () => loadBinding(installedFolder(), 2);

describeKernels('tensorflow with cuDNN', () => Promise.resolve(engineOn(emulateCudnn(library()))), { tolerance: 1e-5 });

test('cuDNN is used, and leaves no tensor', () => {
  const used = recordOperations();
  const engine = engineOn(used.binding, 'cudnn');
  const before = library().getNumOfTensors();
  runLstm(engine);
  runLstm(engine);
  expect(used.names.filter((name) => name === 'CudnnRNNV3')).toHaveLength(2);
  expect(used.names.filter((name) => name === 'CudnnRNNBackpropV3')).toHaveLength(2);
  engine.close();
  expect(library().getNumOfTensors()).toBe(before);
});

test.each([
  ['has its gates in another order', () => emulateCudnn(library(), [0, 2, 1, 3])],
  ['cannot be used', () => replaceParts(emulateCudnn(library()), { executeOp: refuseCudnn })],
])('a cuDNN that %s is not chosen', (_, create) => {
  const used = recordOperations(create());
  const engine = engineOn(used.binding);
  expect(engine.lstm).toEqual({ kind: 'general', fault: expect.any(String) as string });
  used.names.length = 0;
  runLstm(engine);
  expect(used.names.filter((name) => name.startsWith('Cudnn'))).toEqual([]);
  engine.close();
});

test('a cuDNN that agrees is chosen', () => {
  const engine = engineOn(emulateCudnn(library()));
  expect(engine.lstm).toEqual({ kind: 'cudnn' });
  engine.close();
});

test('a cuDNN that was chosen, and fails at another time, is an error: other bits would stand under its key', () => {
  const engine = engineOn(replaceParts(emulateCudnn(library()), { executeOp: refuseCudnn }), 'cudnn');
  expect(() => runLstm(engine)).toThrow('no kernel of Cudnn');
  engine.close();
});

function recordOperations(binding = emulateCudnn(library())) {
  const names: string[] = [];
  const executeOp: typeof binding.executeOp = (name, ...rest) => {
    names.push(name);
    return binding.executeOp(name, ...rest);
  };
  return { names, binding: replaceParts(binding, { executeOp }) };
}

const refuseCudnn: ReturnType<typeof library>['executeOp'] = (name, ...rest) => {
  if (name.startsWith('Cudnn')) throw new Error(`no kernel of ${name}`);
  return library().executeOp(name, ...rest);
};

function runLstm(engine: ReturnType<typeof engineOn>): void {
  engine.scope(() => {
    const parameters = () => ({
      input: engine.tensor([3, 8]),
      recurrent: engine.tensor([2, 8]),
      bias: engine.tensor([8]),
    });
    const { gradient } = engine.bidirectionalLstm(engine.tensor([2, 4, 3]), parameters(), parameters());
    gradient(engine.tensor([2, 4, 4]));
  });
}
