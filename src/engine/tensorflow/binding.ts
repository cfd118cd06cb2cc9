import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, PipeError } from '../../errors.ts';
import { installCommand } from '../install-command.ts';

/**
 * What the native part of `@tensorflow/tfjs-node-gpu` exports: TensorFlow's eager operations on tensors that are known
 * by a number. The package's JavaScript is left out: it takes a second and 100 MB to start, and adds copies.
 */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** May share `values` with the tensor. An int64 is two numbers of an Int32Array. */
  createTensor(shape: readonly number[], type: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  /** A copy. */
  tensorDataSync(id: number): Float32Array | Int32Array;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): readonly { readonly id: number }[];
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

let loaded: { readonly file: string; readonly threads: number; readonly binding: Binding } | undefined;

/**
 * Loads TensorFlow, once in a process: its threads cannot be changed afterwards. `device` is what it was installed for.
 * Throws `PipeError` `engine-library` when there is no library in `folder` that works on this machine.
 */
export function loadBinding(folder: string | undefined, threads: number, device?: string): Binding {
  const notLoaded = (why: string, cause?: unknown) => notLoadedFor(device, why, cause);
  if (folder === undefined) throw notLoaded('it is not installed');
  const file = join(folder, 'tfjs_binding.node');
  if (loaded?.file === file && loaded.threads === threads) return loaded.binding;
  if (loaded) {
    const wanted = `${file} with ${threads} threads`;
    throw new Error(`TensorFlow is loaded from ${loaded.file} with ${loaded.threads} threads, not from ${wanted}`);
  }
  if (!existsSync(file)) throw notLoaded(`there is no ${file}`);
  // Read when the library starts. One operation runs at a time, so threads between operations are of no use.
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  process.env.TF_NUM_INTEROP_THREADS = '1';
  const module = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (error) {
    throw notLoaded(error instanceof Error ? error.message : String(error), error);
  }
  const binding = module.exports as Binding;
  if (typeof binding.executeOp !== 'function') throw notLoaded(`${file} is not TensorFlow's binding`);
  loaded = { file, threads, binding };
  return binding;
}

function notLoadedFor(device: string | undefined, why: string, cause: unknown): PipeError {
  return new PipeError('engine-library', `The tensorflow engine cannot load its library: ${why}.`, {
    exitCode: exitCodes.environment,
    advice: `Run \`${installCommand('tensorflow', { device, force: true })}\`, or use \`--engine wasm\`.`,
    cause,
  });
}
