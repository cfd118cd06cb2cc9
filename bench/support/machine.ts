import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import process from 'node:process';

/** Where something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  /** Average number of running processes over a minute. */
  readonly load: { readonly before: number; readonly after: number };
}

export const currentLoad = (): number => loadavg()[0] ?? 0;

export function describeMachine(before: number): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()} ${arch()}`,
    node: process.versions.node,
    load: { before, after: currentLoad() },
  };
}

function systemName(): string {
  const kernel = `${platform()} ${release()}`;
  try {
    const [, name] = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
    return name ? `${name}, ${kernel}` : kernel;
  } catch {
    return kernel;
  }
}
