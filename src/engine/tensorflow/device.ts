import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, PipeError } from '../../errors.ts';
import { installCommand } from '../install-command.ts';

/** TensorFlow takes the CPU in silence where it finds no GPU, and results would stand under the key of another device. */
export function requireDevice(device: string, usesGpu: boolean): void {
  const found = usesGpu ? visibleGpus(nvidiaGpus(), process.env.CUDA_VISIBLE_DEVICES) : ['CPU'];
  if (found.includes(device)) return;
  const message = `The tensorflow engine was installed for ${device}, and finds ${found.join(', ')}`;
  const command = installCommand('tensorflow', { device: found[0], force: true });
  // Where the GPU is only out of sight, an installation would take the engine away from where it is not.
  const another = usesGpu ? `install the engine for this one with \`${command}\`, ` : '';
  throw new PipeError('engine-device', `${message}.`, {
    exitCode: exitCodes.environment,
    advice: `Run on a machine with that device (and look at CUDA_VISIBLE_DEVICES), ${another}or use \`--engine wasm\`.`,
  });
}

/**
 * What a process computes on, `CPU` or the first of the GPUs that it sees, and how many of the machine's GPUs are like that one.
 *
 * @param all the machine's GPUs
 * @param visible the process's CUDA_VISIBLE_DEVICES
 */
export function deviceInUse(
  usesGpu: boolean,
  all: readonly string[],
  visible: string | undefined,
): { readonly device: string; readonly gpus: number } {
  const device = usesGpu ? (visibleGpus(all, visible)[0] ?? unknownGpu) : 'CPU';
  return { device, gpus: usesGpu ? all.filter((one) => one === device).length : 0 };
}

/**
 * Those of the machine's GPUs that `visible`, a value of CUDA_VISIBLE_DEVICES, gives by number, in the order of the bus. All, where it
 * gives none that way: they cannot be told apart then.
 */
export function visibleGpus(all: readonly string[], visible: string | undefined): readonly string[] {
  const chosen = visible?.split(',').flatMap((one) => (isNumber(one) ? (all[Number(one)] ?? []) : []));
  return chosen === undefined || chosen.length === 0 ? all : chosen;
}

/** Whether a name in CUDA_VISIBLE_DEVICES is a place in the order of the bus, and no UUID. */
export const isNumber = (name: string): boolean => /^\s*\d+\s*$/.test(name);

/** The name of every GPU whose driver tells none. */
export const unknownGpu = 'NVIDIA GPU';

/** Names as the driver gives them, in the order of the bus. */
export function nvidiaGpus(folder = '/proc/driver/nvidia/gpus'): string[] {
  try {
    const names = readdirSync(folder)
      .sort()
      .map((gpu) => /^Model:\s*(.+?)\s*$/m.exec(readFileSync(join(folder, gpu, 'information'), 'utf8'))?.[1]);
    return names.length === 0 ? [unknownGpu] : names.map((name) => name ?? unknownGpu);
  } catch {
    return [unknownGpu];
  }
}
