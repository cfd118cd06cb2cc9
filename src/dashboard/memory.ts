import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

export interface Memory {
  /** Bytes resident in a process and all that it has started. */
  readonly used: number;
  readonly total: number;
}

/** Memory of a process and its descendants; undefined where the system does not tell. Pages that several share count for each. */
export function memoryOf(pid: number): Memory | undefined {
  const own = residentBytes(pid);
  if (own === undefined) return undefined;
  return { used: descendants(pid).reduce((sum, child) => sum + (residentBytes(child) ?? 0), own), total: totalmem() };
}

function residentBytes(pid: number): number | undefined {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function descendants(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
