import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FakeIndex,
  type FakeMachine,
  createMachine,
  makeWheel,
  startIndex,
  wheelName,
  workingCompiler,
} from '../engine-install/fakes.ts';
import { pipeProgram } from '../support/start-pipe.ts';

let machine: FakeMachine;
let index: FakeIndex | undefined;
beforeEach(() => {
  machine = createMachine({ enter: false });
  machine.program('g++', workingCompiler);
});
afterEach(async () => {
  await index?.close();
  index = undefined;
  machine.remove();
});

function start(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [pipeProgram, 'engine', ...words], {
    cwd: machine.folder,
    env: { ...process.env, NO_COLOR: '1', ...machine.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ exitCode: code, stdout, stderr }));
  return { child, ended };
}
const pipe = (...words: string[]) => start(words).ended;

const wheel = () => machine.write(wheelName(), makeWheel());

describe('pipe engine', () => {
  it('lists what works, and how to get the rest', async () => {
    const { exitCode, stdout } = await pipe('list');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^wasm \(auto\) +works/m);
    expect(stdout).toMatch(/^tensorflow +not installed/m);
    expect(stdout).toContain('tensorflow: install it: `pipe engine install tensorflow`');
  });

  it('lists one line of JSON for each', async () => {
    const { stdout } = await pipe('list', '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; state: string });
    expect(lines).toContainEqual(expect.objectContaining({ name: 'wasm', state: 'works', auto: true }));
    expect(lines).toContainEqual(expect.objectContaining({ name: 'tensorflow', state: 'not installed' }));
  });

  it('refuses what is no engine, and options that do not go together', async () => {
    expect(await pipe('install', 'tensorflwo')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/error\[unknown-engine\].*tensorflow/s) as string,
    });
    expect(await pipe('install', 'webgpu', '--gpu')).toMatchObject({ exitCode: 2 });
    expect(await pipe('install', 'tensorflow', '--version', '2.20.0', '--from', 'x.whl')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('bad-engine-option') as string,
    });
  });

  it('removes what is not there without a complaint', async () => {
    expect(await pipe('remove', 'tensorflow')).toMatchObject({
      exitCode: 0,
      stdout: 'tensorflow was not installed.\n',
    });
  });
});

describe.runIf(process.platform === 'linux')('pipe engine install tensorflow', () => {
  it('does not install what does not work, and says what its process said', async () => {
    const { exitCode, stderr, stdout } = await pipe('install', 'tensorflow', '--from', wheel());
    expect(stderr).toMatch(
      /^error\[engine-trial-failed\]: The engine tensorflow does not work here\..*tfjs_binding\.node/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toContain('compiling the binding (g++ (fake) 13.2)');
    expect(exitCode).toBe(4);
    expect(machine.inHome()).toEqual([]);
    expect((await pipe('list')).stdout).toMatch(/^tensorflow +not installed/m);
  });

  it('tells a missing compiler in JSON', async () => {
    machine.program('g++', 'exit 1');
    const { exitCode, stdout } = await pipe('install', 'tensorflow', '--from', wheel(), '--json');
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'engine-no-compiler', exitCode: 4 });
  });

  it('is stopped by Ctrl-C in the middle, and leaves nothing', async () => {
    const { child, ended } = await startStalled();
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('engine-install-cancelled') as string,
    });
    expect(machine.inHome()).toEqual([]);
  });

  it('when it is killed leaves a temporary folder alone, which the next one removes', async () => {
    const { child, ended } = await startStalled();
    child.kill('SIGKILL');
    await ended;
    expect(machine.inHome()).toEqual([expect.stringMatching(/^\.making-/)]);
    expect((await pipe('list')).stdout).toMatch(/^tensorflow +not installed/m);
    await pipe('install', 'tensorflow', '--from', wheel());
    expect(machine.inHome()).toEqual([]);
  });

  /** Starts an installation whose download never ends, and waits until it is there. */
  async function startStalled() {
    index = await startIndex([{ name: wheelName(), content: makeWheel(), stalls: true }]);
    const started = start(['install', 'tensorflow'], { PIP_INDEX_URL: index.url });
    const partial = () =>
      machine.inHome().map((name) => machine.path('engines/tensorflow', name, 'downloads', wheelName()));
    while (!partial().some((file) => existsSync(file))) await sleep(20);
    return started;
  }
});
