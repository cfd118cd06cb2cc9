import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../package-root.ts';
import { type InstalledNote, engineHome } from '../installed.ts';
import { writeFailure } from './disk-space.ts';
import { installError } from './install-error.ts';
import type { InstallOptions } from './reporter.ts';
import { openStaging } from './staging.ts';
import type { Prove } from './tensorflow.ts';

const furtherPackages = ['@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-core'] as const;
const libraryName = 'dawn.node';

/**
 * Installs the webgpu engine: its npm packages bring all that it needs, so that what is left is to try it on this machine's
 * GPU and to note what was found. Throws a PipeError when a package is missing or no GPU works.
 */
export async function installWebgpu({
  prove,
  reporter,
  signal,
}: InstallOptions & { readonly prove: Prove }): Promise<InstalledNote> {
  const dawn = findPackage('webgpu');
  const others = furtherPackages.map((name) => [name, findPackage(name).version] as const);
  const folder = libraryFolder(dawn.folder);
  const { size: bytes } = statSync(join(folder, libraryName));
  // Before the trial, which takes its time: whether the note can be written at all.
  const staging = openStaging('webgpu');
  try {
    reporter.step('trying it: known numbers, then a training step beside wasm');
    const proof = await prove(folder, { gpu: true, scratch: staging.folder });
    signal.throwIfAborted();
    return staging.note({
      name: 'webgpu',
      ...proof,
      library: `webgpu ${dawn.version}`,
      folder,
      bytes,
      files: { [libraryName]: bytes },
      packages: { webgpu: dawn.version, ...Object.fromEntries(others) },
    });
  } catch (error) {
    throw writeFailure(error, engineHome());
  } finally {
    staging.remove();
  }
}

interface FoundPackage {
  readonly folder: string;
  readonly version: string;
}

function findPackage(name: string): FoundPackage {
  const require = createRequire(join(packageRoot, 'package.json'));
  const folders = require.resolve.paths(name) ?? [];
  // Not by its exports: they need not name package.json.
  const manifest = folders.map((folder) => join(folder, name, 'package.json')).find((file) => existsSync(file));
  if (manifest === undefined) {
    throw installError(
      'engine-package-missing',
      `The npm package ${name} is not installed.`,
      `It is an optional package: run \`npm ci --include=optional --ignore-scripts\` in ${packageRoot}.`,
    );
  }
  const { version } = require(manifest) as { version: string };
  return { folder: dirname(manifest), version };
}

function libraryFolder(webgpu: string): string {
  const { platform, arch } = process;
  const folder = join(webgpu, 'dist', platform === 'darwin' ? 'darwin-universal' : `${platform}-${arch}`);
  if (existsSync(join(folder, libraryName))) return folder;
  throw installError(
    'engine-wrong-platform',
    `The npm package webgpu has no library for this machine (${platform} ${arch}).`,
    'It has one for Linux, macOS and Windows, on x64 and arm64. `wasm` works everywhere.',
  );
}
