import { spawn } from 'node:child_process';

export interface ProgramEnd {
  readonly code: number | null;
  /** Why it could not be started. */
  readonly error?: NodeJS.ErrnoException;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; aborting the signal kills it, and all that it has started. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly signal: AbortSignal;
    readonly cwd?: string;
    readonly environment?: Readonly<Record<string, string>>;
    /** Its standard output goes to our own, where a person sees it. */
    readonly shown?: boolean;
  },
): Promise<ProgramEnd> {
  const { signal, cwd, environment, shown = false } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...environment },
      stdio: ['ignore', shown ? 'inherit' : 'pipe', 'pipe'],
      // A process group of its own, which can be ended as a whole: a compiler starts others.
      detached: true,
    });
    const kill = () => killGroup(child.pid);
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill);
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, error, stdout, stderr });
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill);
      resolve({ code, stdout, stderr });
    });
  });
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
