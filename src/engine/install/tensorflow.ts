import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PipeError } from '../../errors.ts';
import { type InstalledNote, engineHome, hasNvidiaDriver } from '../installed.ts';
import {
  type BindingPackage,
  bindingName,
  compileBinding,
  findBindingPackage,
  findCompiler,
  findPrebuilt,
} from './compile-binding.ts';
import { requireSpace, writeFailure } from './disk-space.ts';
import { installError } from './install-error.ts';
import { type Staging, openStaging } from './staging.ts';
import { type WheelOptions, headersName, takeLibraries } from './take-libraries.ts';
import { wheelMachine } from './wheel-name.ts';

/** What a trial of an engine found: it works, on this, and as fast as this. */
export type Proof = Pick<InstalledNote, 'library' | 'device' | 'gpus' | 'lstm' | 'lstmFault' | 'timesWasm'>;

/**
 * Tries the engine whose library lies in a folder, in a process of its own whose files lie below `scratch`. Throws a
 * PipeError when it does not work.
 */
export type Prove = (folder: string, options: { readonly gpu: boolean; readonly scratch: string }) => Promise<Proof>;

export interface TensorflowOptions extends WheelOptions {
  readonly prove: Prove;
}

/** Bytes that an installation has on the disk at its worst moment: wheel, pip's copy of it, libraries. */
const neededBytes = { cpu: 1.5e9, cpuFromFile: 1e9, gpu: 9e9 };

/**
 * Installs the tensorflow engine: libtensorflow from a wheel, and the binding of tfjs-node compiled against it. Works in a
 * temporary folder that goes whatever fails; an older installation is replaced when the new one has proven itself.
 * Throws a PipeError for everything that this machine lacks.
 */
export async function installTensorflow(options: TensorflowOptions): Promise<InstalledNote> {
  const binding = findBindingPackage();
  const prebuilt = isPlain(options) ? findPrebuilt(binding) : undefined;
  if (prebuilt === undefined) checkMachine(options);
  const staging = openStaging('tensorflow');
  try {
    if (prebuilt !== undefined) return await usePrebuilt(prebuilt, staging, binding, options);
    return await makeLibrary(staging, binding, options);
  } catch (error) {
    throw writeFailure(error, engineHome());
  } finally {
    staging.remove();
  }
}

async function makeLibrary(
  staging: Staging,
  binding: BindingPackage,
  options: TensorflowOptions,
): Promise<InstalledNote> {
  // Before anything large is fetched.
  const compiler = await findCompiler(options.signal);
  requireSpace(
    engineHome(),
    options.gpu ? neededBytes.gpu : neededBytes[options.from.length > 0 ? 'cpuFromFile' : 'cpu'],
  );
  const { libraries, packages } = await takeLibraries(staging.folder, options);
  options.reporter.step(`compiling the binding (${compiler.version})`);
  const headers = join(staging.folder, headersName);
  await compileBinding(compiler, binding, { headers, libraries, folder: staging.folder }, options.signal);
  rmSync(headers, { recursive: true });
  options.reporter.step('trying it: known numbers, then a training step beside wasm');
  const proof = await options.prove(staging.folder, { gpu: options.gpu, scratch: staging.folder });
  options.signal.throwIfAborted();
  if (options.gpu && proof.gpus === 0) throw noGpuFound();
  return staging.finish({
    name: 'tensorflow',
    ...proof,
    ...sizesIn(staging.folder),
    packages: { ...packages, '@tensorflow/tfjs-node-gpu': binding.version },
  });
}

const isPlain = ({ gpu, version, from }: TensorflowOptions): boolean =>
  !gpu && version === undefined && from.length === 0;

async function usePrebuilt(
  folder: string,
  staging: Staging,
  { version }: BindingPackage,
  { prove, reporter, signal }: TensorflowOptions,
): Promise<InstalledNote> {
  reporter.step(`trying the library that tfjs-node-gpu brought itself (${folder})`);
  const proof = await prove(folder, { gpu: hasNvidiaDriver(), scratch: staging.folder });
  signal.throwIfAborted();
  return staging.note({
    name: 'tensorflow',
    ...proof,
    folder,
    ...sizesIn(folder),
    packages: { '@tensorflow/tfjs-node-gpu': version },
  });
}

function checkMachine({ gpu }: TensorflowOptions): void {
  const machine = wheelMachine();
  if (machine === undefined || (gpu && machine !== 'x86_64')) {
    throw installError(
      'engine-wrong-platform',
      `There is no library of TensorFlow${gpu ? ' for GPUs' : ''} for this machine (${process.platform} ${process.arch}).`,
      'It is there for Linux on x64, and without GPU for Linux on arm64. `wasm` works everywhere, `webgpu` on most GPUs.',
    );
  }
  if (gpu && !hasNvidiaDriver()) {
    throw installError(
      'engine-no-gpu',
      "This machine shows no NVIDIA GPU: its driver's kernel module is not loaded.",
      'Install on the machine that has the GPU (on a cluster: in a job there), and its driver before; CUDA itself is not needed. ' +
        'Without --gpu the engine computes on the CPU.',
    );
  }
}

function noGpuFound(): PipeError {
  return installError(
    'engine-no-gpu',
    'TensorFlow finds no GPU on this machine that it can use.',
    "Update NVIDIA's driver (525 or newer), look at CUDA_VISIBLE_DEVICES, and give the wheel `tensorflow`, not `tensorflow_cpu`. " +
      'Without --gpu the engine computes on the CPU.',
  );
}

/** Sizes of the files by which a later damage is seen, and of all. */
function sizesIn(folder: string): { readonly files: Readonly<Record<string, number>>; readonly bytes: number } {
  const names = readdirSync(folder).filter((name) => name.includes('.so') || name === bindingName);
  const files = Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).size]));
  return { files, bytes: Object.values(files).reduce((sum, size) => sum + size, 0) };
}
