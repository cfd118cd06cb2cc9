import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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
import { betterThanAuto, threadCounts } from '../../src/cli/commands/engine-bench.ts';
import { inspectKernels, wasmFault } from '../../src/cli/commands/engine-kernels.ts';
import { packageRoot } from '../../src/package-root.ts';
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
    // What is no installation is removed all the same.
    mkdirSync(join(machine.home, 'tensorflow', 'left'), { recursive: true });
    expect(await pipe('remove', 'tensorflow')).toMatchObject({ stdout: 'tensorflow was not installed.\n' });
    expect(existsSync(join(machine.home, 'tensorflow'))).toBe(false);
    const file = machine.write('file', '');
    expect(await start(['remove', 'tensorflow'], { PIPE_ENGINES: file }).ended).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [['--version', 'bla bla'], '--version bla bla is not a version.'],
    [['--version', ''], '--version  is not a version.'],
    [['--from', ''], '--from names no file.'],
  ])('install refuses %j before anything is made', async (words, message) => {
    const { exitCode, stderr } = await pipe('install', 'tensorflow', ...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error[bad-engine-option]: ${message}`);
    expect(existsSync(machine.home)).toBe(false);
  });

  it.each([['webgpu'], ['tensorflow']])('tries the folder of the engines before it tries %s', async (name) => {
    const { exitCode, stderr, stdout } = await start(['install', name], { PIPE_ENGINES: '/proc/engines' }).ended;
    expect(stderr).toMatch(/^error\[engine-folder-not-writable\]/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  });

  it('calls webgpu broken where the device that it was installed for is not found', async () => {
    mkdirSync(join(machine.home, 'webgpu'), { recursive: true });
    const note = {
      ...{
        name: 'webgpu',
        library: 'webgpu 0.6.2',
        device: 'A GPU of elsewhere',
        gpus: 1,
        timesWasm: 0.1,
        folder: machine.folder,
      },
      ...{ bytes: 1, installedAt: '2026-01-01T00:00:00.000Z', packages: {}, files: {} },
      platform: `${process.platform}-${process.arch}`,
    };
    writeFileSync(join(machine.home, 'webgpu', 'installed.json'), JSON.stringify(note));
    const { stdout } = await pipe('list');
    expect(stdout).toMatch(/^webgpu.* +broken/m);
    expect(stdout).toMatch(
      /^webgpu: .*(no GPU|only a software renderer|installed for A GPU of elsewhere|cannot be loaded)/m,
    );
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('bench is stopped by %s, and leaves nothing', async (signal) => {
    const temporary = machine.path('temporary');
    mkdirSync(temporary);
    const { child, ended } = start(['bench'], { TMPDIR: temporary });
    await once(child.stdout, 'data');
    await sleep(500);
    child.kill(signal);
    const { exitCode, stderr } = await ended;
    expect(stderr).toMatch(/^error\[engine-bench-cancelled\]/);
    expect(exitCode).toBe(130);
    expect(readdirSync(temporary).filter((name) => name.startsWith('pipe-engine'))).toEqual([]);
  });
});

it.each([['batchSize=1'], ['stopAfter=1']])(
  'bench times a training with %s, which has four classes',
  async (setting) => {
    const words = ['bench', join(packageRoot, 'pipelines/demo.yaml'), '--set', 'stages.model.with.batchSize=3'];
    const { exitCode, stdout, stderr } = await pipe(...words, '--set', `stages.model.with.${setting}`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^wasm +CPU +1 +\d\S* m?s +1$/m);
  },
);

it('bench times threads on a CPU alone', () => {
  expect(threadCounts('tensorflow', 'Tesla T4')).toEqual([1]);
  expect(threadCounts('tensorflow', 'CPU')).toEqual([...new Set([1, availableParallelism()])]);
  expect(threadCounts('wasm', 'CPU')).toEqual([1]);
});

describe('the advice of a benchmark', () => {
  const timing = (engine: string, seconds: number, threads = 1) => ({ engine, seconds, threads, device: 'CPU' });

  it('names the engine that is faster than that of auto', () => {
    const timings = [timing('wasm', 0.1), timing('tensorflow', 0.2), timing('tensorflow', 0.05, 8)];
    expect(betterThanAuto(timings, 'tensorflow')).toBe(
      'wasm is the fastest for this network, and `auto` takes tensorflow: give `engine: wasm`, or `--engine wasm`.',
    );
  });

  it('is not needed where auto is right, or nothing was timed', () => {
    expect(betterThanAuto([timing('wasm', 0.2), timing('tensorflow', 0.1)], 'tensorflow')).toBeUndefined();
    expect(betterThanAuto([], 'tensorflow')).toBeUndefined();
  });
});

describe('the kernels of wasm', () => {
  it('are there, as they were built', () => {
    expect(inspectKernels()?.broken).toEqual([]);
    expect(wasmFault()).toBeUndefined();
  });

  it('that are missing or damaged are told', () => {
    expect(wasmFault(machine.folder)).toBe('its kernels are not built');
    mkdirSync(machine.path('dist'));
    mkdirSync(machine.path('src/engine/wasm'), { recursive: true });
    const file = 'src/engine/wasm/kernels.wasm';
    machine.write('dist/.stamp.json', JSON.stringify({ kernels: { [file]: 'digest', 'stages/other.wasm': 'digest' } }));
    machine.write(file, 'no WebAssembly');
    expect(wasmFault(machine.folder)).toBe(`missing or damaged: ${file}`);
    machine.write(file, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(wasmFault(machine.folder)).toBeUndefined();
    expect(inspectKernels(machine.folder)?.broken).toEqual(['stages/other.wasm']);
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
