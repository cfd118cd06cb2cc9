import { describeTensors } from '../support/engine-conformance.ts';
import { wasmEngine } from '../support/network-fixture.ts';

describeTensors('wasm', wasmEngine);
