import process from 'node:process';
import type { Reporter } from '../../engine/install/reporter.ts';
import { type Prove, installTensorflow } from '../../engine/install/tensorflow.ts';
import { compareVersions, isFinal } from '../../engine/install/version-ranges.ts';
import { installWebgpu } from '../../engine/install/webgpu.ts';
import { removeEngine } from '../../engine/install/staging.ts';
import {
  type InstallableEngine,
  type InstalledEngine,
  inspectEngine,
  installableEngines,
} from '../../engine/installed.ts';
import { exitCodes } from '../../errors.ts';
import { didYouMean } from '../../spec/did-you-mean.ts';
import { cancellable } from '../cancellable.ts';
import { formatBytes, formatSeconds } from '../duration.ts';
import { usageError } from '../open-pipeline.ts';
import type { CommonOptions } from '../options.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { tryEngine } from './engine-trial.ts';

export interface EngineInstallOptions extends CommonOptions {
  readonly gpu?: boolean;
  readonly from: readonly string[];
  readonly version?: string;
  /** Also when it is installed. */
  readonly force?: boolean;
}

/** `pipe engine install`: gets an engine's library, tries it, and only then notes it as installed. */
export async function installEngine(given: string, options: EngineInstallOptions): Promise<number> {
  const terminal = createTerminal(options);
  const name = engineNamed(given);
  checkOptions(name, options);
  const found = inspectEngine(name);
  if (found.state === 'installed' && options.force !== true && isWanted(found.engine, options)) {
    tell(found.engine, 'is installed', terminal);
    if (!terminal.json)
      terminal.print(terminal.colours.dim('If it does not work all the same, --force makes it anew.'));
    return exitCodes.done;
  }
  const started = performance.now();
  const progress = createProgress(terminal);
  const cancelled = {
    code: 'engine-install-cancelled',
    message: `${name} was not installed: interrupted.`,
    advice: 'What had been fetched was removed; whatever was installed before is as it was.',
  };
  const engine = await cancellable(cancelled, (signal) =>
    install(name, options, { ...progress, signal, live: terminal.live }).finally(progress.end),
  );
  tell(engine, `was installed in ${formatSeconds((performance.now() - started) / 1000)}`, terminal);
  return exitCodes.done;
}

/** `pipe engine remove`. */
export function removeInstalled(given: string, options: CommonOptions): number {
  const { json, print, printJson } = createTerminal(options);
  const name = engineNamed(given);
  const { removed, usedBy } = removeEngine(name);
  if (json) printJson({ name, removed, usedBy });
  else {
    print(removed ? `${name} was removed.` : `${name} was not installed.`);
    if (usedBy.length > 0)
      print(
        `Its library stays as long as it is in use (process ${usedBy.join(', ')}): remove it once more after that.`,
      );
  }
  return exitCodes.done;
}

function engineNamed(given: string): InstallableEngine {
  const name = installableEngines.find((candidate) => candidate === given);
  if (name !== undefined) return name;
  if (given === 'wasm') throw usageError('unknown-engine', 'wasm is always there.', 'Use it by `engine: wasm`.');
  throw usageError(
    'unknown-engine',
    `There is no engine '${given}'.`,
    didYouMean(given, installableEngines, 'engines'),
  );
}

function checkOptions(name: InstallableEngine, { gpu = false, from, version }: EngineInstallOptions): void {
  if (from.includes('')) {
    throw usageError('bad-engine-option', '--from names no file.', 'Give the path of a .whl file.');
  }
  if (version !== undefined && !/^\d+(\.\d+)*((a|b|rc)\d+)?$/.test(version)) {
    throw usageError('bad-engine-option', `--version ${version} is not a version.`, 'Give one such as 2.20.0.');
  }
  if (name === 'tensorflow' && (version === undefined || from.length === 0)) return;
  if (name === 'webgpu' && !gpu && from.length === 0 && version === undefined) return;
  throw usageError(
    'bad-engine-option',
    name === 'webgpu' ? 'webgpu takes no --gpu, --from or --version.' : '--from and --version exclude each other.',
    name === 'webgpu' ? 'All of it comes with npm.' : 'The version is that of the file.',
  );
}

/** Whether what is installed is what is asked for. */
function isWanted(engine: InstalledEngine, { gpu = false, from, version }: EngineInstallOptions): boolean {
  if (from.length > 0 || (gpu && engine.gpus === 0)) return false;
  // TensorFlow writes 2.21.0-rc1 for what the package index calls 2.21.0rc1.
  const installed = engine.library.split(' ').at(-1)?.replace('-', '') ?? '';
  if (version === undefined || installed === version) return true;
  return isFinal(version) && isFinal(installed) && compareVersions(version, installed) === 0;
}

function install(
  name: InstallableEngine,
  { gpu = false, from, version }: EngineInstallOptions,
  context: { readonly reporter: Reporter; readonly signal: AbortSignal; readonly live: boolean },
): Promise<InstalledEngine> {
  const prove: Prove = (folder, place) => tryEngine(name, { folder, ...place, signal: context.signal });
  if (name === 'webgpu') return installWebgpu({ ...context, prove });
  return installTensorflow({ ...context, gpu, from, prove, ...(version !== undefined && { version }) });
}

function tell(engine: InstalledEngine, what: string, { json, print, printJson, colours }: Terminal): void {
  if (json) return printJson(engine);
  const { name, library, device, timesWasm, folder, bytes } = engine;
  print(`${colours.green(`${name} ${what}`)}: ${library} on ${device}, a training step in ${shareOfWasm(timesWasm)}`);
  print(colours.dim(`${folder} (${formatBytes(bytes)})`));
  if (engine.lstmFault !== undefined) print(colours.dim(`cuDNN's LSTM is not used: ${engine.lstmFault}`));
}

/** `0.14 x wasm's time`. */
export const shareOfWasm = (timesWasm: number): string => `${timesWasm.toFixed(2)} x wasm's time`;

/** A line for each step; on a terminal, how far it is, drawn over itself. */
function createProgress({ live, json, print, warn }: Terminal): { readonly reporter: Reporter; end(): void } {
  let drawn = false;
  let drawnAt = 0;
  const end = () => {
    if (drawn) process.stdout.write('\r\u001b[K');
    drawn = false;
  };
  return {
    end,
    reporter: {
      step(text) {
        end();
        if (json) warn(text);
        else print(text);
      },
      progress(done, total) {
        const now = performance.now();
        if (!live || now - drawnAt < 100) return;
        drawnAt = now;
        drawn = true;
        process.stdout.write(
          `\r  ${formatBytes(done)}${total === undefined ? '' : ` of ${formatBytes(total)}`}\u001b[K`,
        );
      },
    },
  };
}
