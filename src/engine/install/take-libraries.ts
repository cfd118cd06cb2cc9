import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type FetchOptions, type Wheel, fetchWheel, localWheels } from './fetch-wheel.ts';
import { installError } from './install-error.ts';
import { tensorflowVersion } from './pinned.ts';
import { unpackWheel } from './unpack-wheel.ts';
import type { Requirement } from './version-ranges.ts';
import { normaliseName, wheelMachine } from './wheel-name.ts';

export interface WheelOptions extends FetchOptions {
  /** With NVIDIA's libraries. */
  readonly gpu: boolean;
  readonly version?: string;
  /** Wheels on this disk, where there is no network. */
  readonly from: readonly string[];
}

/** Below the folder of the libraries, until the binding is compiled. */
export const headersName = 'headers';
const libraryNames = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The headers that the binding includes. */
const headerPattern = /^tensorflow\/include\/((tensorflow\/c|tensorflow\/core\/platform|xla\/tsl|tsl)\/.+\.h)$/;
const nvidiaPattern = /^nvidia\/[^/]+\/lib\/([^/]+\.so[^/]*)$/;

export interface Libraries {
  /** What the binding is linked against. */
  readonly libraries: readonly string[];
  readonly packages: Readonly<Record<string, string>>;
}

/** Fetches the wheels one after another and takes from each what is needed, so that few lie there at once. */
export async function takeLibraries(folder: string, options: WheelOptions): Promise<Libraries> {
  const local = options.from.length > 0 ? await localWheels(options.from) : undefined;
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads);
  const take = async (requirement: Requirement): Promise<Wheel> => {
    if (local === undefined) return fetchWheel(requirement, downloads, options);
    return local.find(({ name }) => name.distribution === requirement.distribution) ?? notGiven(requirement);
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

function mainWheel({ gpu, version = tensorflowVersion }: WheelOptions): Requirement {
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
export function nvidiaRequirements(metadata: string): Requirement[] {
  const lines = metadata.matchAll(/^Requires-Dist:\s*(nvidia[-_][\w.-]+?)\s*\(?([<>=!][^;)]*)\)?\s*;.*and-cuda/gm);
  return Array.from(lines, ([, distribution = '', range = '']) => ({
    distribution: normaliseName(distribution),
    range: range.replaceAll(' ', ''),
  })).filter(({ distribution }) => !distribution.includes('nvcc'));
}

function notGiven({ distribution, range }: Requirement): never {
  throw installError(
    'engine-no-wheel',
    `--from gives no wheel of ${distribution}${range}.`,
    'Give all wheels that are needed, each by a --from of its own: tensorflow_cpu, or for --gpu tensorflow and its nvidia-… ones.',
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
