import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stderr } from 'node:process';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { type InstalledNote, hasNvidiaDriver, inspectEngine, thisPlatform } from '../../src/engine/installed.ts';
import { openCodeCache } from '../../src/plan/code-cache.ts';
import { installedEnvironment, libraryText, loadEngine } from '../../src/plan/engines.ts';
import { type FakeMachine, createMachine } from './fakes.ts';

let machine: FakeMachine;
beforeEach(() => {
  machine = createMachine();
});
afterEach(() => {
  vi.restoreAllMocks();
  machine.remove();
});

/** Installs nothing but what a note names. */
function note(facts: Partial<InstalledNote> = {}): InstalledNote {
  const name = facts.name ?? 'tensorflow';
  const folder = machine.path(`library of ${name}`);
  for (const made of [folder, join(machine.home, name)]) mkdirSync(made, { recursive: true });
  machine.write(`library of ${name}/library.so`, '12345');
  const whole: InstalledNote = {
    name,
    library: 'libtensorflow 2.21.0',
    device: 'CPU',
    gpus: 0,
    timesWasm: 0.2,
    folder,
    bytes: 5,
    installedAt: '2026-01-01T00:00:00.000Z',
    packages: {},
    platform: thisPlatform,
    files: { 'library.so': 5 },
    ...facts,
  };
  machine.write(`engines/${name}/installed.json`, JSON.stringify(whole));
  return whole;
}

const load = (wanted: string, threads?: number) => loadEngine(openCodeCache(machine.path('code')), wanted, threads);

describe('an engine', () => {
  it('is wasm where nothing is installed', async () => {
    const engine = await load('auto', 4);
    expect(engine).toMatchObject({ name: 'wasm', threads: 1, gpus: 0 });
    expect(engine.library).toBeUndefined();
  });

  it('is the installed one that was faster than wasm', async () => {
    const { folder } = note();
    expect(await load('auto', 2)).toMatchObject({
      name: 'tensorflow',
      threads: 2,
      library: expect.stringMatching(/^libtensorflow 2\.21\.0 /) as string,
      folder,
      gpus: 0,
    });
  });

  it('is the fastest of several', async () => {
    note();
    note({ name: 'webgpu', library: 'webgpu 0.6.2', device: 'A GPU', gpus: 1, timesWasm: 0.1 });
    expect(await load('auto')).toMatchObject({
      name: 'webgpu',
      gpus: 1,
      library: expect.stringMatching(/^webgpu 0\.6\.2 .*A GPU$/) as string,
    });
  });

  it('is wasm where the installed one was slower', async () => {
    note({ timesWasm: 1.5 });
    expect(await load('auto')).toMatchObject({ name: 'wasm' });
    expect(await load('tensorflow')).toMatchObject({ name: 'tensorflow' });
  });

  it('is wasm, with one line that says why, where the installed one is broken', async () => {
    const { folder } = note();
    rmSync(folder, { recursive: true });
    const written = vi.spyOn(stderr, 'write').mockReturnValue(true);
    expect(await load('auto')).toMatchObject({ name: 'wasm' });
    expect(await load('auto')).toMatchObject({ name: 'wasm' });
    expect(written.mock.calls.map(([text]) => String(text))).toEqual([
      `warning: the engine tensorflow is not used: ${join(folder, 'library.so')} is missing. \`pipe engine install tensorflow\` mends it.\n`,
    ]);
  });

  it('that is named must be installed', async () => {
    await expect(load('tensorflow')).rejects.toMatchObject({
      code: 'engine-not-installed',
      exitCode: 4,
      advice: expect.stringContaining('pipe engine install tensorflow') as string,
    });
  });

  it('that is named must be whole', async () => {
    const { folder } = note();
    machine.write('library of tensorflow/library.so', '1234567');
    await expect(load('tensorflow')).rejects.toMatchObject({
      code: 'engine-broken',
      exitCode: 4,
      message: `The engine tensorflow cannot be used: ${join(folder, 'library.so')} has 7 bytes, not 5.`,
    });
  });

  it('of a GPU is mended as one of a GPU', async () => {
    const { folder } = note({ device: 'Tesla T4', gpus: 1 });
    rmSync(folder, { recursive: true });
    const advice = expect.stringMatching(/^Run `pipe engine install tensorflow --gpu`, or use/) as string;
    await expect(load('tensorflow')).rejects.toMatchObject({ code: 'engine-broken', advice });
  });

  it('that is right for another machine is not to be installed in its place', async () => {
    note({ platform: 'sunos-sparc', device: 'Tesla T4', gpus: 1 });
    const advice = expect.stringMatching(/^Run on the kind of machine that it was installed for/) as string;
    await expect(load('tensorflow')).rejects.toMatchObject({ code: 'engine-broken', advice });
    const written = vi.spyOn(stderr, 'write').mockReturnValue(true);
    await load('auto');
    expect(String(written.mock.calls)).not.toContain('pipe engine install');
  });

  it.runIf(!hasNvidiaDriver())('of a GPU, where there is no driver, is not to be installed anew', async () => {
    note({ device: 'Tesla T4', gpus: 1 });
    const advice = expect.not.stringContaining('pipe engine install') as string;
    await expect(load('tensorflow')).rejects.toMatchObject({ code: 'engine-broken', advice });
  });

  it('that does not exist is a mistake in the pipeline', async () => {
    await expect(load('tensorflwo')).rejects.toMatchObject({ code: 'unknown-engine', exitCode: 2 });
  });
});

describe('the note of an engine', () => {
  it('of another kind of machine is broken', () => {
    note({ platform: 'sunos-sparc' });
    expect(inspectEngine('tensorflow')).toMatchObject({
      state: 'broken',
      reason: expect.stringContaining('sunos') as string,
    });
    expect(inspectEngine('tensorflow')).not.toHaveProperty('command');
  });

  it.each(['', '{', 'null', '[]', '{"name":"tensorflow"}', '{"name":"webgpu"}'])('that reads %j is broken', (text) => {
    note();
    machine.write('engines/tensorflow/installed.json', text);
    expect(inspectEngine('tensorflow')).toMatchObject({ state: 'broken' });
  });
});

describe('the environment of an engine', () => {
  it('leaves room on a GPU for another process', async () => {
    note({ device: 'Tesla T4' });
    expect((await load('tensorflow')).environment).toMatchObject({ TF_FORCE_GPU_ALLOW_GROWTH: 'true' });
  });

  const facts = { version: '1', environment: { A: '1' } };

  it('names the folder of the libraries for a GPU alone', () => {
    const at = { name: 'tensorflow', folder: '/engine' } as const;
    expect(installedEnvironment(facts, { ...at, gpus: 0 })).toEqual({ A: '1' });
    expect(installedEnvironment(facts, { ...at, gpus: 1 })['LD_LIBRARY_PATH']).toMatch(/^\/engine(:|$)/);
  });

  it('tells which LSTM its installation chose', () => {
    const at = { name: 'tensorflow', folder: '/engine', gpus: 1 } as const;
    expect(installedEnvironment(facts, { ...at, lstm: 'cudnn' })).toMatchObject({ PIPE_TENSORFLOW_LSTM: 'cudnn' });
    expect(installedEnvironment(facts, at)).not.toHaveProperty('PIPE_TENSORFLOW_LSTM');
  });
});

test('an LSTM of other bits makes another key', () => {
  const engine = { library: 'libtensorflow 2.21.0', device: 'Tesla T4', packages: { 'nvidia-cudnn-cu12': '9.3' } };
  expect(libraryText({ ...engine, lstm: 'general' })).toBe('libtensorflow 2.21.0, nvidia-cudnn-cu12 9.3 on Tesla T4');
  expect(libraryText({ ...engine, lstm: 'cudnn' })).toBe(
    "libtensorflow 2.21.0, nvidia-cudnn-cu12 9.3, cuDNN's LSTM on Tesla T4",
  );
});
