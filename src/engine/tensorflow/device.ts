import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, PipeError } from '../../errors.ts';

/** TensorFlow takes the CPU in silence where it finds no GPU, and results would stand under the key of another device. */
export function requireDevice(device: string, usesGpu: boolean): void {
  const found = usesGpu ? visibleGpus(nvidiaGpus(), process.env.CUDA_VISIBLE_DEVICES) : ['CPU'];
  if (found.includes(device)) return;
  const message = `The tensorflow engine was installed for ${device}, and finds ${found.join(', ')}`;
  throw new PipeError('engine-device', `${message}.`, {
    exitCode: exitCodes.environment,
    advice:
      'Run on a machine with that device (and look at CUDA_VISIBLE_DEVICES), install the engine on this one with ' +
      '`pipe engine install tensorflow --force` (`--gpu` for a GPU), or use `--engine wasm`.',
  });
}

/**
 * Those of the machine's GPUs that `visible`, a value of CUDA_VISIBLE_DEVICES, gives by number, in the order of the bus. All, where it
 * gives none that way: they cannot be told apart then.
 */
export function visibleGpus(all: readonly string[], visible: string | undefined): readonly string[] {
  const chosen = visible?.split(',').flatMap((one) => (/^\s*\d+\s*$/.test(one) ? (all[Number(one)] ?? []) : []));
  return chosen === undefined || chosen.length === 0 ? all : chosen;
}

/** Names as the driver gives them, in the order of the bus. */
export function nvidiaGpus(folder = '/proc/driver/nvidia/gpus'): string[] {
  try {
    const names = readdirSync(folder)
      .sort()
      .map((gpu) => /^Model:\s*(.+?)\s*$/m.exec(readFileSync(join(folder, gpu, 'information'), 'utf8'))?.[1]);
    return names.length === 0 ? ['NVIDIA GPU'] : names.map((name) => name ?? 'NVIDIA GPU');
  } catch {
    return ['NVIDIA GPU'];
  }
}
