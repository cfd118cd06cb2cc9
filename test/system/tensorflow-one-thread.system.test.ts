import { describeNetwork, describeRepeats } from '../support/engine-conformance.ts';
import { describeLargeRepeat, tensorflowEngine } from '../support/tensorflow-engine.ts';

const create = () => tensorflowEngine(1);

describeNetwork('tensorflow', create);
describeRepeats('tensorflow', create);
describeLargeRepeat(1);
