import { env, platform } from 'node:process';
import type {} from 'webgpu';
import { exitCodes, PipeError } from '../../errors.ts';
import { systemText } from '../../system-text.ts';

/** Names that Dawn gives its backends. */
const backends = ['vulkan', 'metal', 'd3d12', 'd3d11', 'opengl', 'opengles'] as const;

/** The environment variable that names one of them, and allows a software renderer. */
const variable = 'PIPE_WEBGPU';

export interface DeviceDescription {
  /** Such as `NVIDIA GeForce RTX 4090`. */
  readonly device: string;
  /** Whether a CPU does the work, as llvmpipe, lavapipe and SwiftShader do. */
  readonly software: boolean;
}

export interface OpenDevice extends DeviceDescription {
  readonly gpu: GPUDevice;
  readonly info: GPUAdapterInfo;
}

/**
 * Tells which device the engine would use. A software renderer is described too, so that an installer can pass it over.
 * Throws `PipeError` `webgpu-not-installed`, `webgpu-no-gpu` or `webgpu-unknown-backend`.
 */
export async function describeDevice(): Promise<DeviceDescription> {
  return describe((await findAdapter()).info);
}

/**
 * Opens the GPU that Dawn finds: by Vulkan, Metal or Direct3D. A software renderer is refused, unless PIPE_WEBGPU
 * names a backend: `PIPE_WEBGPU=opengles` is Mesa's llvmpipe on a machine without a GPU.
 * Throws as `describeDevice`, and `webgpu-failed`.
 */
export async function openDevice(): Promise<OpenDevice> {
  const adapter = await findAdapter();
  const { info } = adapter;
  const description = describe(info);
  if (description.software && wantedBackend() === undefined) throw softwareOnly(description.device);
  const { limits } = adapter;
  const request = adapter.requestDevice({
    // Beyond the defaults: large data sets, and what the backend's own programs are written for.
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
  });
  const gpu = await request.catch((cause: unknown) => {
    throw notOpened(description.device, cause);
  });
  return { ...description, gpu, info };
}

async function findAdapter(): Promise<GPUAdapter> {
  const backend = wantedBackend();
  // Mesa opens no window: without a display it needs to be told.
  if (backend?.startsWith('opengl') && platform === 'linux') env['EGL_PLATFORM'] ??= 'surfaceless';
  const gpu = await openGpu(backend);
  // OpenGL has only what WebGPU calls compatibility mode.
  const adapter = await gpu.requestAdapter({
    powerPreference: 'high-performance',
    ...(backend?.startsWith('opengl') && { featureLevel: 'compatibility' }),
  });
  if (!adapter) throw noAdapter(backend);
  return adapter;
}

const opened = new Map<string, Promise<GPU>>();

/** Dawn's entry, also as `navigator.gpu`, which tfjs looks for. Dawn crashes when it is let go of while in use. */
function openGpu(backend: string | undefined): Promise<GPU> {
  const key = backend ?? '';
  const found = opened.get(key) ?? loadDawn(backend);
  opened.set(key, found);
  return found;
}

async function loadDawn(backend: string | undefined): Promise<GPU> {
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    throw notInstalled(cause);
  });
  Object.assign(globalThis, globals);
  const gpu = create(backend === undefined ? [] : [`backend=${backend}`]);
  const scope = globalThis as { navigator?: object };
  if (scope.navigator === undefined) Object.defineProperty(scope, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(scope.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

function wantedBackend(): string | undefined {
  const { [variable]: wanted = '' } = env;
  if (wanted === '') return undefined;
  const known: readonly string[] = backends;
  if (known.includes(wanted)) return wanted;
  throw new PipeError('webgpu-unknown-backend', `${variable} is "${wanted}", which is no backend of WebGPU`, {
    exitCode: exitCodes.environment,
    advice: `Unset it, or set it to one of ${backends.join(', ')}.`,
  });
}

function describe(info: GPUAdapterInfo): DeviceDescription {
  const names = [info.device, info.description, info.architecture, info.vendor];
  const device = names.find((name) => name !== '') ?? 'unnamed GPU';
  const software =
    info.isFallbackAdapter || /llvmpipe|lavapipe|softpipe|swiftshader|basic render|\bwarp\b/i.test(names.join(' '));
  return { device, software };
}

export function notInstalled(cause: unknown): PipeError {
  return new PipeError('webgpu-not-installed', `the webgpu engine's packages cannot be loaded: ${systemText(cause)}`, {
    exitCode: exitCodes.environment,
    advice: 'Install them with `npm install`; there are binaries for Linux, macOS and Windows on x64 and arm64.',
    cause,
  });
}

function noAdapter(backend: string | undefined): PipeError {
  const where = backend === undefined ? '' : ` by the backend "${backend}", which ${variable} names`;
  return new PipeError('webgpu-no-gpu', `WebGPU finds no GPU on this machine${where}`, {
    exitCode: exitCodes.environment,
    advice:
      "Install the GPU's driver with its Vulkan part (Linux: libvulkan1 and the vendor's driver), or use " +
      `\`--engine wasm\`. To test without a GPU: Mesa (libegl1 libegl-mesa0 libgl1-mesa-dri) and ${variable}=opengles.`,
  });
}

function notOpened(device: string, cause: unknown): PipeError {
  return new PipeError('webgpu-failed', `the GPU (${device}) cannot be opened: ${systemText(cause)}`, {
    exitCode: exitCodes.environment,
    advice: "Update the GPU's driver, or use `--engine wasm`.",
    cause,
  });
}

function softwareOnly(device: string): PipeError {
  return new PipeError('webgpu-no-gpu', `WebGPU finds only a software renderer, ${device}`, {
    exitCode: exitCodes.environment,
    advice:
      "Install the GPU's driver, or use `--engine wasm`, which is faster than a software renderer. " +
      `To test with it all the same, name its backend: ${variable}=${backends.join('|')}.`,
  });
}

export function otherDevice(wanted: string, found: string): PipeError {
  return new PipeError('engine-device', `the webgpu engine was installed for ${wanted}, and finds ${found}`, {
    exitCode: exitCodes.environment,
    advice: 'Run `pipe engine install webgpu --force` on this machine, or use `--engine wasm`.',
  });
}
