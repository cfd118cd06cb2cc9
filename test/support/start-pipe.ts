import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package-root.ts';

export interface Outcome {
  /** 128 when it was ended by a signal. */
  readonly exitCode: number;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export const pipeProgram = join(packageRoot, 'bin/pipe.js');

/** Starts a program in a folder, marked as one of this folder's processes, as all will be that it starts. */
export function startMarked(
  folder: string,
  argv: readonly string[],
): { readonly process: ChildProcess; readonly ended: Promise<Outcome> } {
  const [program = '', ...words] = argv;
  const env = { ...process.env, NO_COLOR: '1', [folderMarker]: folder };
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
    exitCode: typeof code === 'number' ? code : 128,
    signal: typeof signal === 'string' ? signal : undefined,
    stdout,
    stderr,
  }));
  return { process: child, ended };
}

const folderMarker = 'PIPE_TEST_FOLDER';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every living process that comes from a program started by `startMarked`, however it detached itself. */
export function processesOf(folder: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const environment = textOf(`/proc/${pid}/environ`).split('\0');
      const command = textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      return environment.includes(`${folderMarker}=${folder}`) ? [{ pid: Number(pid), command }] : [];
    });
}

/** What is left of them after ten seconds that they have to die; returns as soon as nothing is. */
export async function leftAfter(folder: string): Promise<readonly FoundProcess[]> {
  const deadline = performance.now() + 10_000;
  while (processesOf(folder).length > 0 && performance.now() < deadline) await sleep(20);
  return processesOf(folder);
}

/** What it names may end at any moment. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
