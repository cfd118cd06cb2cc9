import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** A child process that answers one line of JSON to each line that it is sent. */
export interface Child {
  readonly process: ChildProcess;
  ask(line: string): Promise<unknown>;
  /** By SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
}

/** Bundles a program of this folder, so that plain Node runs it. Call `remove` in the end. */
export async function bundleProgram(name: string): Promise<{ readonly file: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-program-'));
  const file = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // By its place: the bundle does not lie where node_modules is found.
    plugins: [
      {
        name: 'installed-packages',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^lmdb$/ }, () => ({ path: import.meta.resolve('lmdb'), external: true })),
      },
    ],
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function startChild(command: readonly string[]): Child {
  const [program = '', ...words] = command;
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  onTestFinished(kill);
  return {
    process: child,
    ask: async (line) => {
      child.stdin.write(`${line}\n`);
      const answer: IteratorResult<string, unknown> = await lines.next();
      if (answer.done) throw new Error(`the child ended instead of answering '${line}'`);
      return JSON.parse(answer.value) as unknown;
    },
    kill,
  };
}
