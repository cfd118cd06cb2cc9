import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { bindingName } from '../../engine/install/compile-binding.ts';
import { messageOf } from '../../engine/install/install-error.ts';
import { installCommand } from '../../engine/install-command.ts';
import type { EngineFault, InstalledEngine } from '../../engine/installed.ts';
import { packageRoot } from '../../package-root.ts';
import { openCodeCache } from '../../plan/code-cache.ts';
import { installedEnvironment } from '../../plan/engines.ts';

const timeout = 60_000;

/** Why an installed engine does not work here, such as one of another machine that shares its folder. */
export function probeEngine(engine: InstalledEngine): Promise<EngineFault | undefined> {
  return engine.name === 'webgpu' ? probeWebgpu(engine) : probeLibrary(engine);
}

function probeLibrary(engine: InstalledEngine): Promise<EngineFault | undefined> {
  const environment = installedEnvironment({ version: '', environment: { TF_CPP_MIN_LOG_LEVEL: '3' } }, engine);
  const words = ['--eval', probeProgram, join(engine.folder, bindingName), engine.gpus > 0 ? 'gpu' : 'cpu'];
  return new Promise((resolve) => {
    execFile(execPath, words, { timeout, env: { ...env, ...environment } }, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : libraryFault(engine, reasonIn(stderr, error))),
    );
  });
}

const noAnswer = `it did not answer within ${timeout / 1000} s`;
const noGpu = 'it finds no GPU that it can use';

const probeProgram = `
const binding = require(process.argv[1]);
if (process.argv[2] === 'gpu' && !binding.isUsingGpuDevice()) throw new Error('${noGpu}');
process.exit(0);`;

/** A library that loads and lacks its GPU is right for other machines; one that a slow disk has not loaded yet is right too. */
function libraryFault(engine: InstalledEngine, reason: string): EngineFault {
  if (reason === noGpu || reason === noAnswer) return { reason };
  return { reason, command: installCommand(engine.name, { ...engine, force: true }) };
}

interface FoundDevice {
  readonly device?: string;
  readonly software?: boolean;
  readonly fault?: string;
}

/** The library loads everywhere: what counts is whether it finds the GPU that it was tried on. */
async function probeWebgpu(engine: InstalledEngine): Promise<EngineFault | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), 'pipe-engine-list-'));
  try {
    const cache = openCodeCache(join(scratch, 'code'));
    const entry = join(packageRoot, 'src/engine/webgpu/device.ts');
    const { bundle } = await cache.load(entry, () => ({ facts: {}, assets: [] }));
    const found = await describeDevice(bundle);
    return typeof found === 'string' ? { reason: found } : deviceFault(found, engine.device);
  } catch (error) {
    // It is the driver that mends it.
    return { reason: messageOf(error) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function deviceFault({ device = '', software = false, fault }: FoundDevice, noted: string): EngineFault | undefined {
  if (fault !== undefined) return { reason: fault };
  if (software && (env['PIPE_WEBGPU'] ?? '') === '') {
    return { reason: `WebGPU finds only a software renderer, ${device}` };
  }
  if (device === noted) return undefined;
  return {
    reason: `it was installed for ${noted}, and finds ${device}`,
    command: installCommand('webgpu', { force: true }),
  };
}

/** In a process of its own, because a driver may end it. */
const describeProgram = `
const { writeSync } = await import('node:fs');
const tell = (found) => writeSync(1, JSON.stringify(found));
try {
  const { describeDevice } = await import(process.argv[1]);
  tell(await describeDevice());
} catch (error) {
  tell({ fault: error.message });
}
process.exit(0);`;

/** The device, or why there is no answer. */
function describeDevice(bundle: string): Promise<FoundDevice | string> {
  const words = ['--input-type=module', '--eval', describeProgram, bundle];
  return new Promise((resolve) => {
    execFile(execPath, words, { timeout }, (error, stdout, stderr) => {
      // A driver that crashes at the end has answered all the same.
      if (stdout !== '') return resolve(JSON.parse(stdout) as FoundDevice);
      resolve(error === null ? 'it does not answer' : reasonIn(stderr, error));
    });
  });
}

/** Why a process ended that was to load a library, by its last words or by how it ended. */
export function reasonIn(
  stderr: string,
  { message, signal, killed }: { readonly message: string; readonly signal?: unknown; readonly killed?: unknown },
): string {
  if (killed === true) return noAnswer;
  if (typeof signal === 'string') return `its library ends the process (${signal})`;
  const words = /^Error: (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1);
  return words === undefined || words === '' ? message : words;
}
