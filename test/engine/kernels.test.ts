import { describeKernels } from '../support/engine-conformance.ts';
import { wasmEngine } from '../support/network-fixture.ts';

describeKernels('wasm', wasmEngine, { tolerance: 1e-5 });
