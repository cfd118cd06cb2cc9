import { env } from 'node:process';
import createWebGpuEngine from '../../src/engine/webgpu/index.ts';
import { describeKernels, describeNetwork } from '../support/engine-conformance.ts';

// Mesa's software driver, so that no GPU is needed: libegl1 libegl-mesa0 libgl1-mesa-dri of Debian.
env['PIPE_WEBGPU'] ??= 'opengles';

const create = () => createWebGpuEngine({ threads: 1, asset: () => Promise.reject(new Error('no assets')) });

describeKernels('webgpu', create, { tolerance: 1e-5 });
describeNetwork('webgpu', create);
