import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

export interface ProcessMeasure {
  readonly seconds: number;
  /** Largest resident memory that was seen, MiB; looked at every 20 ms. */
  readonly peakMegabytes: number;
  /** The same of the largest process that it started; looked at twice a second. Zero where the system does not say. */
  readonly childPeakMegabytes: number;
  readonly output: string;
}

/** Runs a program to its end, Node unless `program` says otherwise. Throws when it does not exit with 0. */
export function measureProcess(
  words: readonly string[],
  folder: string,
  { program = process.execPath, env = process.env }: { program?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<ProcessMeasure> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let [peakMegabytes, childPeakMegabytes] = [0, 0];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const timers = [
      setInterval(() => (peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid))), 20),
      setInterval(() => {
        childPeakMegabytes = Math.max(childPeakMegabytes, ...descendantsOf(child.pid).map(peakOf));
      }, 500),
    ];
    child.on('error', reject);
    child.on('close', (code) => {
      timers.forEach(clearInterval);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) resolve({ seconds, peakMegabytes, childPeakMegabytes, output });
      else reject(new Error(`${program} ${words.join(' ')} ended with ${String(code)}\n${output}`));
    });
  });
}

/** Largest resident memory of a process so far, MiB; zero where the system does not say. */
export function peakOf(pid: number | undefined): number {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) / 1024;
}

function descendantsOf(pid: number | undefined): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The middle value; the mean of both for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
