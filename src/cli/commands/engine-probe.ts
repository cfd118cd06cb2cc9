import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { bindingName } from '../../engine/install/compile-binding.ts';
import { messageOf } from '../../engine/install/install-error.ts';
import type { InstalledEngine } from '../../engine/installed.ts';
import { packageRoot } from '../../package-root.ts';
import { openCodeCache } from '../../plan/code-cache.ts';
import { installedEnvironment } from '../../plan/engines.ts';

const timeout = 60_000;

export interface EngineFault {
  readonly reason: string;
  /** Whether another installation would mend it. */
  readonly isMendable: boolean;
}

/** Why an installed engine does not work here, such as one of another machine that shares its folder. */
export async function probeEngine(engine: InstalledEngine): Promise<EngineFault | undefined> {
  if (engine.name === 'webgpu') return probeWebgpu(engine);
  const reason = await probeLibrary(engine);
  return reason === undefined ? undefined : { reason, isMendable: true };
}

function probeLibrary(engine: InstalledEngine): Promise<string | undefined> {
  const environment = installedEnvironment({ version: '', environment: { TF_CPP_MIN_LOG_LEVEL: '3' } }, engine);
  const words = ['--eval', probeProgram, join(engine.folder, bindingName), engine.gpus > 0 ? 'gpu' : 'cpu'];
  return new Promise((resolve) => {
    execFile(execPath, words, { timeout, env: { ...env, ...environment } }, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : reasonIn(stderr, error)),
    );
  });
}

const probeProgram = `
const binding = require(process.argv[1]);
if (process.argv[2] === 'gpu' && !binding.isUsingGpuDevice()) throw new Error('it finds no GPU that it can use');
process.exit(0);`;

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
    return typeof found === 'string' ? missingDevice(found) : deviceFault(found, engine.device);
  } catch (error) {
    return missingDevice(messageOf(error));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** It is the driver that mends it. */
const missingDevice = (reason: string): EngineFault => ({ reason, isMendable: false });

function deviceFault({ device = '', software = false, fault }: FoundDevice, noted: string): EngineFault | undefined {
  if (fault !== undefined) return missingDevice(fault);
  if (software && (env['PIPE_WEBGPU'] ?? '') === '') {
    return missingDevice(`WebGPU finds only a software renderer, ${device}`);
  }
  if (device === noted) return undefined;
  return { reason: `it was installed for ${noted}, and finds ${device}`, isMendable: true };
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

function reasonIn(
  stderr: string,
  { message, signal }: { readonly message: string; readonly signal?: unknown },
): string {
  if (typeof signal === 'string') return `its library ends the process (${signal})`;
  return /^Error: (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? message;
}
