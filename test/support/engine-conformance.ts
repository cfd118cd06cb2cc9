// What every engine must pass; `create` gives a new engine.
export { describeKernels } from './kernel-conformance.ts';
export { describeNetwork, describeRepeats } from './network-conformance.ts';
export { describeTensors } from './tensor-conformance.ts';
