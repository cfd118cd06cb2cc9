import createTensorflowEngine from '../../src/engine/tensorflow/index.ts';
import { readInstalled } from '../../src/engine/installed.ts';
import { describeKernels, describeNetwork, describeRepeats, describeTensors } from '../support/engine-conformance.ts';

const create = () => {
  const installed = readInstalled('tensorflow');
  return createTensorflowEngine({
    threads: 2,
    asset: () => Promise.reject(new Error('no assets')),
    ...(installed && { library: installed.folder }),
  });
};

describeTensors('tensorflow', create);
describeKernels('tensorflow', create, { tolerance: 1e-5 });
describeNetwork('tensorflow', create);
describeRepeats('tensorflow', create);
