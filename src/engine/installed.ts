import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { arch, env, platform } from 'node:process';
import { installCommand } from './install-command.ts';
import type { LstmKind } from './tensorflow/lstm-of.ts';

/** Engines that must be installed, most wanted first. */
export const installableEngines = ['tensorflow', 'webgpu'] as const;

export type InstallableEngine = (typeof installableEngines)[number];

/** What is known of an installed engine: measured, not assumed. */
export interface InstalledEngine {
  readonly name: InstallableEngine;
  /** With its version, such as `libtensorflow 2.21.0`: part of every key. */
  readonly library: string;
  /** `CPU`, or the GPU's own name. */
  readonly device: string;
  /** 0 for a CPU and for a software renderer. */
  readonly gpus: number;
  /** Of tensorflow on a GPU: by what LSTMs are computed, and why not by cuDNN. */
  readonly lstm?: LstmKind;
  readonly lstmFault?: string;
  /** Time of its training step as a share of the wasm engine's, one thread each. */
  readonly timesWasm: number;
  /** Absolute folder of its library. */
  readonly folder: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly installedAt: string;
  /** Versions of the packages that it was made of. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The note that an installation ends with. */
export interface InstalledNote extends InstalledEngine {
  /** Such as `linux-x64`. */
  readonly platform: string;
  /** Sizes of its files in bytes, by their path below `folder`. */
  readonly files: Readonly<Record<string, number>>;
}

export type InstallationState =
  | { readonly state: 'missing' }
  | { readonly state: 'installed'; readonly engine: InstalledEngine }
  /** It was installed, but cannot be used here as it is. */
  | ({ readonly state: 'broken' } & EngineFault);

export interface EngineFault {
  readonly reason: string;
  /** The command that mends it; none where the engine is right and this machine is another, or lacks a driver. */
  readonly command?: string;
}

/** Where engines are installed, for all projects of a user: `PIPE_ENGINES`, or in the user's data folder. */
export function engineHome(): string {
  const { PIPE_ENGINES: own = '', XDG_DATA_HOME: data = '' } = env;
  if (own !== '') return resolve(own);
  return join(data === '' ? join(homedir(), '.local', 'share') : data, 'pipe', 'engines');
}

export const noteName = 'installed.json';

export const thisPlatform = `${platform}-${arch}`;

/** Tells whether an engine is installed and whole. Looks at sizes only, so that every run can ask. */
export function inspectEngine(name: InstallableEngine): InstallationState {
  const file = join(engineHome(), name, noteName);
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!existsSync(file)) return { state: 'missing' };
    const reason = `${file} cannot be read (${error instanceof Error ? error.message : ''})`;
    return { state: 'broken', reason, command: installCommand(name) };
  }
  const note = parseNote(text, name);
  if (note === undefined) {
    return { state: 'broken', reason: `${file} is not a note of pipe`, command: installCommand(name) };
  }
  const fault = faultOf(note);
  if (fault !== undefined) return { state: 'broken', ...fault };
  const { platform: _platform, files: _files, ...engine } = note;
  return { state: 'installed', engine };
}

/** The note of an installation, whatever became of its files; undefined where there is none of ours. */
export function readNote(name: InstallableEngine): InstalledNote | undefined {
  try {
    return parseNote(readFileSync(join(engineHome(), name, noteName), 'utf8'), name);
  } catch {
    return undefined;
  }
}

/** What is wrong with the files of an installation, whatever machine this is. */
export function faultOfFiles({ folder, files }: InstalledNote): string | undefined {
  return Object.entries(files)
    .map(([name, bytes]) => fileFault(join(folder, name), bytes))
    .find((fault) => fault !== undefined);
}

/** An engine that is installed and whole, else undefined. */
export function readInstalled(name: InstallableEngine): InstalledEngine | undefined {
  const found = inspectEngine(name);
  return found.state === 'installed' ? found.engine : undefined;
}

function faultOf(note: InstalledNote): EngineFault | undefined {
  if (note.platform !== thisPlatform) {
    return { reason: `it was installed for ${note.platform}, and this is ${thisPlatform}` };
  }
  const reason = faultOfFiles(note);
  if (reason !== undefined) return { reason, command: installCommand(note.name, note) };
  // A home that several machines share may be read on one without the GPU.
  if (note.name === 'tensorflow' && note.gpus > 0 && !hasNvidiaDriver()) {
    return { reason: `it was installed for ${note.device}, and this machine shows no NVIDIA driver` };
  }
  return undefined;
}

function fileFault(file: string, bytes: number): string | undefined {
  const size = sizeOf(file);
  if (size === undefined) return `${file} is missing`;
  return size === bytes ? undefined : `${file} has ${size} bytes, not ${bytes}`;
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
}

/** Whether the kernel's part of NVIDIA's driver is there: without it no process sees a GPU. */
export function hasNvidiaDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
}

function parseNote(text: string, name: InstallableEngine): InstalledNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const note = value as Partial<Record<keyof InstalledNote, unknown>>;
  const texts = [note.library, note.device, note.folder, note.installedAt, note.platform];
  const numbers = [note.gpus, note.timesWasm, note.bytes];
  const isWhole =
    note.name === name &&
    texts.every((part) => typeof part === 'string') &&
    numbers.every((part) => typeof part === 'number' && part >= 0) &&
    isRecordOf(note.files, 'number') &&
    isRecordOf(note.packages, 'string');
  return isWhole ? (value as InstalledNote) : undefined;
}

function isRecordOf(value: unknown, type: 'number' | 'string'): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((part) => typeof part === type);
}
