import { hash } from 'node:crypto';
import { PipeError, exitCodes } from '../../errors.ts';

/** Says that a file is ours; the number is raised with every change of the layout. */
export const bundleFormat = 'pipe run';
export const bundleVersion = 1;

/** A file of a bundle. */
export interface BundledFile {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** The first file of a bundle: `manifest.json`. */
export interface Manifest {
  readonly format: typeof bundleFormat;
  readonly version: number;
  readonly pipeline: string;
  readonly run: string;
  /** All other files by name. */
  readonly files: Readonly<Record<string, BundledFile>>;
}

/** One output of a task whose bytes are in the bundle, as `objects/DIGEST`: an entry of `artifacts.json`. */
export interface BundledArtifact {
  readonly task: string;
  readonly key: string;
  readonly output: string;
  readonly sha256: string;
  readonly size: number;
  /** How a file of its kind is called: `.safetensors`, `.npy`, `.wav`, `.json`, or nothing. */
  readonly extension: string;
}

export const bundleFiles = {
  manifest: 'manifest.json',
  artifacts: 'artifacts.json',
  readme: 'README.md',
  /** Folders. */
  record: 'record/',
  objects: 'objects/',
} as const;

export const sha256 = (content: string | Uint8Array): string => hash('sha256', content);

/** Why a file is not taken in. */
export function bundleError(
  code: 'bundle-missing' | 'bundle-damaged' | 'bundle-foreign' | 'bundle-newer' | 'bundle-unsafe',
  file: string,
  detail: string,
  cause?: unknown,
): PipeError {
  const advice = {
    'bundle-missing': 'Check the path.',
    'bundle-damaged': 'Copy it again, or have it exported again: its size and checksum may tell where it was cut.',
    'bundle-foreign': 'Name a .tar.gz that `pipe export` wrote.',
    'bundle-newer': 'Install a newer version of pipe.',
    'bundle-unsafe': 'No bundle of ours has such an entry: do not trust this file.',
  }[code];
  const exitCode = code === 'bundle-missing' ? exitCodes.usage : exitCodes.inputData;
  return new PipeError(code, `${file} ${detail}. Nothing was taken in.`, { exitCode, advice, cause });
}
