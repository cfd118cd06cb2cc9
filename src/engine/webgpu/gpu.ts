import { exitCodes, PipeError } from '../../errors.ts';
import { SUBMITTED_AT_ONCE, type DataId, type Tfjs } from './backend.ts';
import type { OpenDevice } from './device.ts';

/** A storage array of a program. */
export interface ArrayBinding {
  readonly data: DataId | GPUBuffer;
  readonly access: 'read' | 'read_write';
  readonly type: 'f32' | 'u32';
}

export interface NumberBinding {
  readonly value: number;
  readonly type: 'f32' | 'u32';
}

/** One dispatch of a program of ours. */
export interface Dispatch {
  /** Names the program: equal keys have equal code. */
  readonly key: string;
  /** Storage arrays by their name in the code, eight at most. The code must use each, and `numbers`. */
  readonly arrays: Readonly<Record<string, ArrayBinding>>;
  /** Fields of the struct `numbers`. */
  readonly numbers: Readonly<Record<string, NumberBinding>>;
  /** Workgroups on each axis. */
  readonly groups: readonly [number, number, number];
  /** WGSL without the bindings; called for a new key alone. */
  code(): string;
}

/** Runs programs of ours among those of the backend, in the order of the calls. */
export interface Gpu extends Tfjs {
  readonly device: string;
  run(dispatch: Dispatch): void;
  /** Submits what is recorded. */
  flush(): void;
  /** Throws `PipeError` when the device was lost or ran out of memory. */
  check(): void;
  close(): void;
}

export function createGpu(open: OpenDevice, tfjs: Tfjs): Gpu {
  const { backend } = tfjs;
  const pipelines = new Map<string, GPUComputePipeline>();
  let failure: PipeError | undefined;
  let closed = false;
  void open.gpu.lost.then(({ message }) => {
    if (!closed) failure = deviceLost(open.device, message);
  });
  open.gpu.addEventListener('uncapturederror', ({ error }) => {
    failure ??= deviceFailed(open.device, error);
  });

  const check = () => {
    if (failure) throw failure;
  };
  const pipelineOf = (dispatch: Dispatch) => {
    const found = pipelines.get(dispatch.key) ?? compile(open.gpu, dispatch);
    pipelines.set(dispatch.key, found);
    return found;
  };
  return {
    ...tfjs,
    device: open.device,
    check,
    flush() {
      backend.endComputePassEncoder();
      if (backend.commandEncoder) backend.submitQueue();
    },
    run(dispatch) {
      check();
      const pipeline = pipelineOf(dispatch);
      const buffers = Object.values(dispatch.arrays).map(({ data }) => bufferOf(tfjs, data));
      const resources = [...buffers, uniforms(tfjs, dispatch)].map((buffer) => ({ buffer }));
      const group = open.gpu.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      record(tfjs, pipeline, group, dispatch.groups);
    },
    close() {
      closed = true;
      backend.dispose();
      open.gpu.destroy();
    },
  };
}

function record(
  { backend }: Tfjs,
  pipeline: GPUComputePipeline,
  group: GPUBindGroup,
  groups: Dispatch['groups'],
): void {
  backend.ensureCommandEncoderReady();
  const pass = backend.computePassEncoder ?? backend.commandEncoder?.beginComputePass();
  if (!pass) throw new Error('no command encoder');
  backend.computePassEncoder = pass;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(...groups);
  if (++backend.dispatchCountInPass < SUBMITTED_AT_ONCE) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

function bufferOf({ backend }: Tfjs, data: DataId | GPUBuffer): GPUBuffer {
  if (data instanceof GPUBuffer) return data;
  backend.uploadToGPU(data);
  backend.commandQueueOwnedIds.add(data);
  const { resource } = backend.tensorMap.get(data);
  if (!resource) throw new Error('a tensor without a buffer');
  return resource;
}

/** The struct of the numbers: 4 bytes each, 16 bytes at least. */
function uniforms({ backend }: Tfjs, { numbers }: Dispatch): GPUBuffer {
  const entries = Object.values(numbers);
  const size = 16 * Math.max(1, Math.ceil(entries.length / 4));
  const view = new DataView(new ArrayBuffer(size));
  entries.forEach(({ value, type }, at) => {
    if (type === 'u32') view.setUint32(4 * at, value, true);
    else view.setFloat32(4 * at, value, true);
  });
  const buffer = backend.bufferManager.acquireBuffer(size, GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM);
  backend.queue.writeBuffer(buffer, 0, view.buffer);
  backend.uniformPendingDisposal.push(buffer);
  return buffer;
}

function compile(gpu: GPUDevice, dispatch: Dispatch): GPUComputePipeline {
  const arrays = Object.entries(dispatch.arrays).map(
    ([name, { access, type }], at) => `@group(0) @binding(${at}) var<storage, ${access}> ${name}: array<${type}>;`,
  );
  const fields = Object.entries(dispatch.numbers).map(([name, { type }]) => `${name}: ${type}`);
  const code = [
    ...arrays,
    `struct Numbers { ${fields.join(', ')} };`,
    `@group(0) @binding(${arrays.length}) var<uniform> numbers: Numbers;`,
    dispatch.code(),
  ].join('\n');
  const module = gpu.createShaderModule({ code, label: dispatch.key });
  return gpu.createComputePipeline({ layout: 'auto', compute: { module }, label: dispatch.key });
}

function deviceLost(device: string, message: string): PipeError {
  return new PipeError('webgpu-device-lost', `the GPU (${device}) stopped working: ${message}`, {
    exitCode: exitCodes.environment,
    advice:
      'Run again: what is done is kept. If it happens again, update the driver, or take a smaller batch or `engine: wasm`.',
  });
}

export function tooLarge(device: string, shape: readonly number[]): PipeError {
  return new PipeError('engine-memory', `a tensor of [${shape.join(', ')}] is larger than the GPU (${device}) allows`, {
    exitCode: exitCodes.environment,
    advice: 'Take a smaller batch or network, or another engine.',
  });
}

function deviceFailed(device: string, error: GPUError): PipeError {
  if (error instanceof GPUOutOfMemoryError) {
    return new PipeError('engine-memory', `the GPU (${device}) has too little memory: ${error.message}`, {
      exitCode: exitCodes.environment,
      advice: 'Take a smaller batch or network, or `engine: wasm`.',
    });
  }
  return new PipeError('webgpu-failed', `the GPU (${device}) refused a command: ${error.message}`, {
    exitCode: exitCodes.environment,
    advice: 'Update the driver, or take `engine: wasm`.',
  });
}
