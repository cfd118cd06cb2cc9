import { describeNetwork, describeRepeats } from '../../support/engine-conformance.ts';
import { wasmEngine } from '../../support/network-fixture.ts';

describeNetwork('wasm', wasmEngine);
describeRepeats('wasm', wasmEngine);
