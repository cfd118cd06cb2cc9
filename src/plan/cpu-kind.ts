import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';

let known: string | undefined;

/**
 * Names the kind of this machine's CPU: its model, and a digest of what numerical libraries choose their kernels and
 * block sizes by: its instructions and caches. On systems other than Linux the model alone.
 */
export function cpuKind(): string {
  known ??= describeCpu();
  return known;
}

function describeCpu(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const features = [...instructions(), ...caches()];
  if (features.length === 0) return model;
  return `${model} ${createHash('sha256').update(features.join('\n')).digest('hex').slice(0, 6)}`;
}

function instructions(): string[] {
  const wanted = /^(vendor_id|cpu family|model|flags|Features|CPU (?:implementer|part))\s*:/;
  const [first = ''] = readText('/proc/cpuinfo').split('\n\n');
  return first.split('\n').filter((line) => wanted.test(line));
}

function caches(): string[] {
  const folder = '/sys/devices/system/cpu/cpu0/cache';
  try {
    const levels = readdirSync(folder).filter((name) => name.startsWith('index'));
    return levels.sort().map((name) => readText(`${folder}/${name}/size`));
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
