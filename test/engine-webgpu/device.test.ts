import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

/** What the pretended Dawn finds. */
let adapter: object | null;
let asked: unknown[];

vi.mock('webgpu', () => ({
  globals: {},
  create: (options: string[]) => ({
    requestAdapter: (request: object) => {
      asked.push({ options, request });
      return Promise.resolve(adapter);
    },
  }),
}));

const { describeDevice, openDevice } = await import('../../src/engine/webgpu/device.ts');

const adapterOf = (info: object) => ({
  info: { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false, ...info },
  limits: {},
  requestDevice: () => Promise.reject(new Error('no more memory')),
});

beforeEach(() => {
  adapter = null;
  asked = [];
});
afterEach(() => vi.unstubAllEnvs());

describe('the device of the webgpu engine', () => {
  test('goes by its own name', async () => {
    vi.stubEnv('PIPE_WEBGPU', '');
    adapter = adapterOf({ vendor: 'nvidia', device: 'NVIDIA GeForce RTX 4090' });
    expect(await describeDevice()).toEqual({ device: 'NVIDIA GeForce RTX 4090', software: false });
    adapter = adapterOf({ vendor: 'apple', architecture: 'metal-3' });
    expect(await describeDevice()).toEqual({ device: 'metal-3', software: false });
  });

  test.each([
    { device: 'llvmpipe-llvm-15-0-6-256-bits-' },
    { description: 'SwiftShader Device (LLVM 10.0.0)' },
    { device: 'Microsoft Basic Render Driver' },
    { device: 'some CPU', isFallbackAdapter: true },
  ])('is told to be software: %o', async (info) => {
    vi.stubEnv('PIPE_WEBGPU', '');
    adapter = adapterOf(info);
    expect(await describeDevice()).toMatchObject({ software: true });
    await expect(openDevice()).rejects.toMatchObject({
      code: 'webgpu-no-gpu',
      exitCode: 4,
      message: expect.stringContaining('software renderer') as string,
      advice: expect.stringContaining('--engine wasm') as string,
    });
  });

  test('is missing on a machine without a GPU, which is an error with advice', async () => {
    vi.stubEnv('PIPE_WEBGPU', '');
    const error = { code: 'webgpu-no-gpu', exitCode: 4, advice: expect.stringContaining('driver') as string };
    await expect(openDevice()).rejects.toMatchObject(error);
    await expect(describeDevice()).rejects.toMatchObject(error);
  });

  test('that cannot be opened is an error with advice', async () => {
    vi.stubEnv('PIPE_WEBGPU', '');
    adapter = adapterOf({ device: 'Radeon' });
    await expect(openDevice()).rejects.toMatchObject({
      code: 'webgpu-failed',
      exitCode: 4,
      message: 'the GPU (Radeon) cannot be opened: no more memory',
    });
  });

  test('is looked for by the backend that PIPE_WEBGPU names; OpenGL has the compatibility level alone', async () => {
    adapter = adapterOf({ device: 'llvmpipe' });
    vi.stubEnv('EGL_PLATFORM', '');
    vi.stubEnv('PIPE_WEBGPU', 'vulkan');
    await describeDevice();
    vi.stubEnv('PIPE_WEBGPU', 'opengles');
    await describeDevice();
    expect(asked).toEqual([
      { options: ['backend=vulkan'], request: { powerPreference: 'high-performance' } },
      {
        options: ['backend=opengles'],
        request: { powerPreference: 'high-performance', featureLevel: 'compatibility' },
      },
    ]);
  });

  test('is not looked for by a backend that there is not', async () => {
    vi.stubEnv('PIPE_WEBGPU', 'glide');
    await expect(describeDevice()).rejects.toMatchObject({
      code: 'webgpu-unknown-backend',
      exitCode: 4,
      message: 'PIPE_WEBGPU is "glide", which is no backend of WebGPU',
    });
  });
});
