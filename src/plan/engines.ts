import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { env, stderr } from 'node:process';
import { closest } from 'fastest-levenshtein';
import { installCommand } from '../engine/install-command.ts';
import {
  type EngineFault,
  type InstallableEngine,
  type InstalledEngine,
  inspectEngine,
  installableEngines,
} from '../engine/installed.ts';
import { PipeError, exitCodes } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { cpuKind } from './cpu-kind.ts';
import type { Code, CodeCache } from './code-cache.ts';

/** What the module of an engine says of itself. */
export interface EngineFacts {
  /** Of its kernels. */
  readonly version: string;
  /** Variables that a process must be started with in which it computes. */
  readonly environment: Readonly<Record<string, string>>;
}

/** An engine, ready to be named in a key and loaded by a worker. */
export interface EngineCode {
  readonly name: string;
  readonly code: Code<EngineFacts>;
  readonly threads: number;
  /** The library behind it and the kind of device, such as `libtensorflow 2.21.0 on AMD EPYC 1f0c2a`; none for wasm. */
  readonly library?: string;
  /** Absolute folder of that library. */
  readonly folder?: string;
  /** What it computed on when it was installed: `CPU` or the GPU's own name. */
  readonly device?: string;
  /** GPUs that it computes on, one task each at a time; 0 for a CPU. */
  readonly gpus: number;
  readonly environment: Readonly<Record<string, string>>;
}

const folder = join(packageRoot, 'src/engine');

/** Names of the engines that there are. */
export function engineNames(): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .sort();
}

/**
 * Finds an engine by its name; `auto` is the installed one whose training step was the fastest, if that is faster than
 * the embedded one's. Throws a PipeError for an engine that is not there.
 */
export async function loadEngine(cache: CodeCache, wanted: string, threads = 1): Promise<EngineCode> {
  if (wanted === 'wasm') return wasmEngine(cache);
  if (wanted === 'auto') return loadEngine(cache, autoEngine(), threads);
  const name = installableEngines.find((candidate) => candidate === wanted);
  if (name === undefined || !engineNames().includes(name)) throw unknownEngine(wanted);
  const found = inspectEngine(name);
  if (found.state !== 'installed') {
    throw found.state === 'missing' ? notInstalled(name) : unusable(name, found);
  }
  return installedEngine(cache, found.engine, threads);
}

/** The name of the engine that `auto` stands for at the moment; warns of one that is broken. */
export const autoEngine = (): string => fastestInstalled(warnOnce)?.name ?? 'wasm';

/** The code of an engine by its module, whether it is installed or not. */
export function loadEngineModule(cache: CodeCache, name: string): Promise<Code<EngineFacts>> {
  return cache.load(join(folder, name, 'index.ts'), (module) => {
    // Checked by the compiler where it is written.
    const { version, assets, environment = {} } = module as EngineModule;
    return { facts: { version, environment }, assets };
  });
}

interface EngineModule {
  readonly version: string;
  readonly assets: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

async function wasmEngine(cache: CodeCache): Promise<EngineCode> {
  const code = await loadEngineModule(cache, 'wasm');
  // It computes in one thread whatever it is given, so more of them must not make another key.
  return { name: 'wasm', code, threads: 1, gpus: 0, environment: code.facts.environment };
}

async function installedEngine(cache: CodeCache, engine: InstalledEngine, threads: number): Promise<EngineCode> {
  const code = await loadEngineModule(cache, engine.name);
  const { gpus } = engine;
  return {
    name: engine.name,
    code,
    threads: engine.name === 'webgpu' ? 1 : threads,
    library: libraryText(engine),
    folder: engine.folder,
    device: engine.device,
    gpus,
    environment: installedEnvironment(code.facts, { lstm: 'general', ...engine }),
  };
}

/** Variables of a process that computes with an installed engine: CUDA's libraries lie beside TensorFlow's, and it does not choose anew. */
export function installedEnvironment(
  { environment }: EngineFacts,
  { name, folder: place, gpus, lstm }: { readonly name: string } & Pick<InstalledEngine, 'folder' | 'gpus' | 'lstm'>,
): Readonly<Record<string, string>> {
  if (name !== 'tensorflow' || gpus === 0) return environment;
  const { LD_LIBRARY_PATH: own = '' } = env;
  return {
    ...environment,
    LD_LIBRARY_PATH: own === '' ? place : `${place}:${own}`,
    ...(lstm !== undefined && { PIPE_TENSORFLOW_LSTM: lstm }),
  };
}

/** Bits differ between kinds of GPU, and a library's kernels between kinds of CPU, so the kind is in the key. */
export function libraryText({
  library,
  device,
  packages,
  lstm,
}: Pick<InstalledEngine, 'library' | 'device' | 'packages' | 'lstm'>): string {
  // NVIDIA's own libraries choose kernels too; an installation has the newest that TensorFlow allows.
  const others = Object.entries(packages).filter(([name]) => /^nvidia-(cublas|cudnn)-/.test(name));
  const kernels = lstm === 'cudnn' ? ["cuDNN's LSTM"] : [];
  const libraries = [library, ...others.map(([name, version]) => `${name} ${version}`).sort(), ...kernels];
  return `${libraries.join(', ')} on ${device === 'CPU' ? cpuKind() : device}`;
}

/** What `auto` means here: the fastest engine that is installed and whole, if it is faster than wasm. */
export function fastestInstalled(
  onBroken?: (name: InstallableEngine, fault: EngineFault) => void,
): InstalledEngine | undefined {
  const engines = installableEngines.flatMap((name) => {
    if (!engineNames().includes(name)) return [];
    const found = inspectEngine(name);
    if (found.state === 'broken') onBroken?.(name, found);
    return found.state === 'installed' && found.engine.timesWasm < 1 ? [found.engine] : [];
  });
  return engines.reduce<InstalledEngine | undefined>(
    (best, engine) => (best === undefined || engine.timesWasm < best.timesWasm ? engine : best),
    undefined,
  );
}

/** The engine is right, and this machine another: to install it anew would take it away from those that it works on. */
const elsewhereAdvice =
  'Run on the kind of machine that it was installed for, or install it for this one in a folder of its own, by PIPE_ENGINES';

const warned = new Set<string>();

/** Planning ends before a display is drawn, so a line to standard error is in nobody's way. */
function warnOnce(name: InstallableEngine, { reason, command }: EngineFault): void {
  if (warned.has(name)) return;
  warned.add(name);
  const advice = command === undefined ? elsewhereAdvice : `\`${command}\` mends it`;
  stderr.write(`warning: the engine ${name} is not used: ${reason}. ${advice}.\n`);
}

function notInstalled(name: InstallableEngine): PipeError {
  return new PipeError('engine-not-installed', `The engine ${name} is not installed.`, {
    exitCode: exitCodes.environment,
    advice: `Run \`${installCommand(name)}\`, or use \`--engine wasm\`, which is always there.`,
  });
}

function unusable(name: InstallableEngine, { reason, command }: EngineFault): PipeError {
  const advice = command === undefined ? elsewhereAdvice : `Run \`${command}\``;
  return new PipeError('engine-broken', `The engine ${name} cannot be used: ${reason}.`, {
    exitCode: exitCodes.environment,
    advice: `${advice}, or use \`--engine wasm\`, which is always there.`,
  });
}

function unknownEngine(wanted: string): PipeError {
  const names = ['auto', ...engineNames()];
  return new PipeError('unknown-engine', `There is no engine '${wanted}'.`, {
    exitCode: exitCodes.usage,
    advice: `Did you mean '${closest(wanted, names)}'? There are: ${names.join(', ')}.`,
  });
}
