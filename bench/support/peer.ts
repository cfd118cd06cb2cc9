import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { peakOf } from './measure-process.ts';

/** Another program that does the same work, kept running so that start-up is not measured. */
export interface Peer {
  /** With its version, such as `PyTorch 2.15.0`. */
  readonly name: string;
  /** Does the work once; what it took, in the unit of the script. */
  measure(): Promise<number>;
  /** Ends the program; its peak memory, MiB, zero where the system does not say. */
  stop(): number;
}

/** Why a peer cannot be measured. */
export interface Absence {
  readonly absent: string;
}

/** The peers' Python, by `npm run bench` or by hand. */
export const python = (): string | undefined => process.env['PIPE_BENCH_PYTHON'];

/** What the peers' processes are started with: no GPU, no chatter. */
export const peerEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CUDA_VISIBLE_DEVICES: '',
  TF_CPP_MIN_LOG_LEVEL: '3',
  PYTHONUNBUFFERED: '1',
});

/**
 * Starts a Python script that prints its name, and then for each line that it reads does its work once and prints a number.
 * A script that ends before its name is absent, for the reason that it wrote last on standard error.
 */
export async function startPeer(script: string, ...args: readonly string[]): Promise<Peer | Absence> {
  const program = python();
  return program ? startProgram(program, [script, ...args], peerEnvironment()) : { absent: 'no Python with the peers' };
}

/** The same for any program. */
export async function startProgram(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Peer | Absence> {
  const child = spawn(program, words, { env });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  child.on('error', (error) => (errors += error.message));
  child.stdin.on('error', () => undefined);
  const ended = new Promise((resolve) => child.on('close', resolve).on('error', resolve));
  const lines: AsyncIterator<string, undefined> = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const reason = async () => {
    await ended;
    return errors.trim() === '' ? 'it ended without a word' : (errors.trim().split('\n').at(-1) ?? '');
  };
  const { value: name } = await lines.next();
  if (name === undefined) return { absent: await reason() };
  return {
    name,
    async measure() {
      child.stdin.write('\n');
      const { value } = await lines.next();
      if (value === undefined) throw new Error(`${name} ended: ${await reason()}`);
      return Number(value);
    },
    stop() {
      const peak = peakOf(child.pid);
      child.stdin.end();
      return peak;
    },
  };
}
