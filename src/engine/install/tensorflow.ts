import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
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
import { type FetchOptions, type Wheel, fetchWheels, localWheels } from './fetch-wheels.ts';
import { installError } from './install-error.ts';
import { tensorflowVersion } from './pinned.ts';
import { type Staging, noteEngine, openStaging } from './staging.ts';
import { unpackWheel } from './unpack-wheel.ts';
import type { Requirement } from './version-ranges.ts';
import { normaliseName, wheelMachine } from './wheel-name.ts';

/** What a trial of an engine found: it works, on this, and as fast as this. */
export interface Proof {
  /** Such as `libtensorflow 2.21.0`. */
  readonly library: string;
  readonly device: string;
  readonly gpus: number;
  readonly timesWasm: number;
}

/** Tries the engine whose library lies in a folder, in a process of its own. Throws a PipeError when it does not work. */
export type Prove = (folder: string, options: { readonly gpu: boolean }) => Promise<Proof>;

export interface TensorflowOptions extends FetchOptions {
  /** With NVIDIA's libraries. */
  readonly gpu: boolean;
  readonly version?: string;
  /** Wheels on this disk, where there is no network. */
  readonly from: readonly string[];
  readonly prove: Prove;
}

/** Bytes that an installation has on the disk at its worst moment: wheel, pip's copy of it, libraries. */
const neededBytes = { cpu: 1.5e9, cpuFromFile: 1e9, gpu: 9e9 };

/**
 * Installs the tensorflow engine: libtensorflow from a wheel, and the binding of tfjs-node compiled against it. Works in a
 * temporary folder that goes whatever fails; an older installation stays until the new one has proven itself.
 * Throws a PipeError for everything that this machine lacks.
 */
export async function installTensorflow(options: TensorflowOptions): Promise<InstalledNote> {
  const binding = findBindingPackage();
  const prebuilt = isPlain(options) ? findPrebuilt(binding) : undefined;
  if (prebuilt !== undefined) return usePrebuilt(prebuilt, binding, options);
  checkMachine(options);
  // Before anything large is fetched.
  const compiler = await findCompiler(options.signal);
  requireSpace(
    engineHome(),
    options.gpu ? neededBytes.gpu : neededBytes[options.from.length > 0 ? 'cpuFromFile' : 'cpu'],
  );
  const staging = openStaging('tensorflow');
  try {
    const { libraries, packages } = await takeLibraries(staging, options);
    options.reporter.step(`compiling the binding (${compiler.version})`);
    const headers = join(staging.folder, headersName);
    await compileBinding(compiler, binding, { headers, libraries, folder: staging.folder }, options.signal);
    rmSync(headers, { recursive: true });
    options.reporter.step('trying it: known numbers, then a training step beside wasm');
    const proof = await options.prove(staging.folder, { gpu: options.gpu });
    options.signal.throwIfAborted();
    return staging.finish({
      name: 'tensorflow',
      ...proof,
      ...sizesIn(staging.folder),
      packages: { ...packages, '@tensorflow/tfjs-node-gpu': binding.version },
    });
  } catch (error) {
    throw writeFailure(error, engineHome());
  } finally {
    staging.remove();
  }
}

const isPlain = ({ gpu, version, from }: TensorflowOptions): boolean =>
  !gpu && version === undefined && from.length === 0;

async function usePrebuilt(
  folder: string,
  { version }: BindingPackage,
  { prove, reporter }: TensorflowOptions,
): Promise<InstalledNote> {
  reporter.step(`trying the library that tfjs-node-gpu brought itself (${folder})`);
  const proof = await prove(folder, { gpu: hasNvidiaDriver() });
  return noteEngine({
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

const headersName = 'headers';
const libraryNames = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The headers that the binding includes. */
const headerPattern = /^tensorflow\/include\/((tensorflow\/c|tensorflow\/core\/platform|xla\/tsl|tsl)\/.+\.h)$/;
const nvidiaPattern = /^nvidia\/[^/]+\/lib\/([^/]+\.so[^/]*)$/;

interface Libraries {
  /** What the binding is linked against. */
  readonly libraries: readonly string[];
  readonly packages: Readonly<Record<string, string>>;
}

/** Fetches the wheels one after another and takes from each what is needed, so that few lie there at once. */
async function takeLibraries({ folder }: Staging, options: TensorflowOptions): Promise<Libraries> {
  const local = options.from.length > 0 ? await localWheels(options.from) : undefined;
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads);
  const take = async (requirement: Requirement): Promise<Wheel> => {
    if (local === undefined) return first(await fetchWheels([requirement], downloads, options), requirement);
    return first(
      local.filter(({ name }) => name.distribution === requirement.distribution),
      requirement,
    );
  };
  const main =
    local?.find(({ name }) => /^tensorflow(-cpu)?$/.test(name.distribution)) ?? (await take(mainWheel(options)));
  options.reporter.step(`unpacking ${basename(main.path)}`);
  const { metadata, files } = await unpackWheel(main, (file) => placeOf(file, folder), options);
  const libraries = libraryNames.map((name) => join(folder, name));
  const missing = libraries.filter((file) => !files.has(file));
  if (missing.length > 0) throw notTensorflow(main, missing);
  const packages = { [main.name.distribution]: main.name.version };
  for (const requirement of options.gpu ? nvidiaRequirements(metadata) : []) {
    emptyFolder(downloads);
    const wheel = await take(requirement);
    options.reporter.step(`unpacking ${basename(wheel.path)}`);
    // All in one folder, where the environment of the engine's process finds them.
    await unpackWheel(wheel, (file) => placeIn(folder, nvidiaPattern.exec(file)?.[1]), options);
    packages[wheel.name.distribution] = wheel.name.version;
  }
  rmSync(downloads, { recursive: true });
  return { libraries, packages };
}

function mainWheel({ gpu, version = tensorflowVersion }: TensorflowOptions): Requirement {
  // For ARM the plain wheel is the one without GPU.
  const distribution = gpu || wheelMachine() !== 'x86_64' ? 'tensorflow' : 'tensorflow-cpu';
  return { distribution, range: `==${version}` };
}

function placeOf(file: string, folder: string): string | undefined {
  const library = libraryNames.find((name) => file === `tensorflow/${name}`);
  const header = headerPattern.exec(file)?.[1];
  return placeIn(folder, library ?? (header === undefined ? undefined : join(headersName, header)));
}

const placeIn = (folder: string, name: string | undefined) => (name === undefined ? undefined : join(folder, name));

/** What the wheel's extra `and-cuda` asks for, but the compiler nvcc, which only code that is compiled on the way needs. */
function nvidiaRequirements(metadata: string): Requirement[] {
  const lines = metadata.matchAll(/^Requires-Dist:\s*(nvidia-[\w.-]+?)\s*\(?([<>=!][^;)]*)\)?\s*;.*and-cuda/gm);
  return Array.from(lines, ([, distribution = '', range = '']) => ({
    distribution: normaliseName(distribution),
    range: range.replaceAll(' ', ''),
  })).filter(({ distribution }) => !distribution.includes('nvcc'));
}

function first(wheels: readonly Wheel[], { distribution, range }: Requirement): Wheel {
  const [wheel] = wheels;
  if (wheel !== undefined) return wheel;
  throw installError(
    'engine-no-wheel',
    `There is no wheel of ${distribution}${range}.`,
    'Give it by --from FILE as well, which may be repeated: all wheels are needed that the GPU takes.',
  );
}

function notTensorflow(wheel: Wheel, missing: readonly string[]): Error {
  return installError(
    'engine-not-a-wheel',
    `${wheel.name.file} holds no ${missing.map((file) => basename(file)).join(' and no ')}.`,
    `Take tensorflow_cpu or tensorflow, ${tensorflowVersion} or near it: --version, or --from FILE.`,
  );
}

function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}

/** Sizes of the files by which a later damage is seen, and of all. */
function sizesIn(folder: string): { readonly files: Readonly<Record<string, number>>; readonly bytes: number } {
  const names = readdirSync(folder).filter((name) => name.includes('.so') || name === bindingName);
  const files = Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).size]));
  return { files, bytes: Object.values(files).reduce((sum, size) => sum + size, 0) };
}
