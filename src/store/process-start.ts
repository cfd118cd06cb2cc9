import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * This machine since its last boot, as far as process ids mean the same: two containers of one host differ.
 * Processes of another one are judged by their heartbeat.
 */
export const machine = [
  hostname(),
  quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
  quietly(() => readlinkSync('/proc/self/ns/pid')) ?? '',
].join(' ');

/** Whether a process of this machine still runs; its start time tells it from a later one of the same id. */
export function isRunning(pid: number, start: string): boolean {
  const now = startOf(pid);
  if (now !== undefined) return now === start;
  // Without /proc the id alone must do.
  return start === '' && answersSignal(pid);
}

/** When a process started, in clock ticks since boot; empty where there is no /proc; undefined when it has ended. */
export function startOf(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // Fields from the third on, behind the program's name in brackets; a zombie (Z, X) has ended.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
