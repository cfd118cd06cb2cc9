import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { env, execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findBindingPackage } from '../../src/engine/install/compile-binding.ts';
import { processesUsing } from '../../src/engine/install/in-use.ts';
import { removeEngine } from '../../src/engine/install/staging.ts';
import { type Proof, type TensorflowOptions, installTensorflow } from '../../src/engine/install/tensorflow.ts';
import { hasNvidiaDriver, inspectEngine, readNote } from '../../src/engine/installed.ts';
import { ownerName } from '../../src/owner-name.ts';
import {
  type FakeFile,
  type FakeIndex,
  type FakeMachine,
  createMachine,
  distribution,
  makeWheel,
  startIndex,
  wheelName,
  workingCompiler,
} from './fakes.ts';

let machine: FakeMachine;
let index: FakeIndex | undefined;
beforeEach(() => {
  machine = createMachine();
  machine.program('g++', workingCompiler);
});
afterEach(async () => {
  await index?.close();
  index = undefined;
  machine.remove();
});

const proof: Proof = { library: 'libtensorflow 2.21.0', device: 'CPU', gpus: 0, timesWasm: 0.2 };

function install(options: Partial<TensorflowOptions> = {}) {
  return installTensorflow({
    gpu: false,
    from: [],
    live: false,
    signal: new AbortController().signal,
    reporter: { step: () => undefined, progress: () => undefined },
    prove: () => Promise.resolve(proof),
    ...options,
  });
}

async function serve(files: readonly FakeFile[], kind?: 'json' | 'html'): Promise<FakeIndex> {
  index = await startIndex(files, kind);
  env['PIP_INDEX_URL'] = index.url;
  return index;
}

const goodFile: FakeFile = { name: wheelName(), content: makeWheel() };

/** Another start time than that of this process. */
const deadOwner = ownerName.replace(/-\d*-/, '-1-');

function age(folder: string, days: number): void {
  const time = new Date(Date.now() - days * 24 * 3600 * 1000);
  utimesSync(folder, time, time);
}

/** Nothing may be left of a failed installation. */
async function expectFailure(attempt: Promise<unknown>, code: string, message?: RegExp): Promise<void> {
  await expect(attempt).rejects.toMatchObject({ name: 'PipeError', code, exitCode: 4 });
  await attempt.catch((error: unknown) => {
    if (message !== undefined) expect(String(error)).toMatch(message);
  });
  expect(existsSync(machine.home)).toBe(false);
  expect(inspectEngine('tensorflow').state).toBe('missing');
}

describe.runIf(process.platform === 'linux')('installing tensorflow', () => {
  it.each(['json', 'html'] as const)('takes the wheel from an index that answers in %s', async (kind) => {
    await serve([goodFile, { name: 'tensorflow_cpu-2.21.0.tar.gz', content: Buffer.of(1) }], kind);
    const { folder } = await install();
    expect(readdirSync(folder).sort()).toEqual([
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
      'tfjs_binding.node',
    ]);
    expect(readFileSync(join(folder, 'libtensorflow_cc.so.2'), 'utf8')).toBe('the library');
    expect(machine.inHome()).toHaveLength(2);
    expect(inspectEngine('tensorflow')).toMatchObject({
      state: 'installed',
      engine: { ...proof, name: 'tensorflow', folder, bytes: 32, packages: { [distribution]: '2.21.0' } },
    });
  });

  it('tries the engine where it was made, before it counts as installed', async () => {
    await serve([goodFile]);
    let tried = '';
    await install({
      prove(folder) {
        tried = folder;
        expect(existsSync(join(folder, 'tfjs_binding.node'))).toBe(true);
        expect(existsSync(join(folder, 'headers'))).toBe(false);
        expect(inspectEngine('tensorflow').state).toBe('missing');
        return Promise.resolve(proof);
      },
    });
    expect(dirname(tried)).toBe(join(machine.home, 'tensorflow'));
  });

  it('asks pip first, for a wheel of any Python', async () => {
    machine.write('the.whl', makeWheel());
    machine.program(
      'python3',
      `echo "$@" > '${machine.path('asked')}'
for word in "$@"; do if [ "$last" = --dest ]; then /bin/cp '${machine.path('the.whl')}' "$word/${wheelName()}"; fi; last="$word"; done`,
    );
    await install();
    expect(readFileSync(machine.path('asked'), 'utf8')).toMatch(
      /^-m pip download --no-deps --only-binary=:all: .*--python-version 3\.11 .*==2\.21\.0\n$/,
    );
  });

  it('asks the index itself where pip does not get it', async () => {
    machine.program('python3', 'echo "ERROR: No matching distribution found" >&2; exit 1');
    const { asked } = await serve([goodFile]);
    await install();
    expect(asked).toEqual([`/simple/${distribution}/`, `/files/${wheelName()}`]);
  });

  it('finds the index in pip.conf', async () => {
    const { url } = await serve([goodFile]);
    Reflect.deleteProperty(env, 'PIP_INDEX_URL');
    mkdirSync(machine.path('config/pip'), { recursive: true });
    machine.write('config/pip/pip.conf', `[global]\ntimeout = 3\nindex-url = ${url}\n`);
    await expect(install()).resolves.toMatchObject({ name: 'tensorflow' });
  });

  it('asks for the version that is wanted', async () => {
    const older = { name: wheelName('2.20.0'), content: makeWheel() };
    await serve([goodFile, older]);
    await expect(install({ version: '2.20.0' })).resolves.toMatchObject({ packages: { [distribution]: '2.20.0' } });
  });

  it('takes a wheel from this disk without a network', async () => {
    const from = [machine.write(wheelName(), makeWheel())];
    await expect(install({ from })).resolves.toMatchObject({ name: 'tensorflow' });
  });

  it('keeps an older installation until the new one is proven, and its library for a week after', async () => {
    await serve([goodFile]);
    const { folder } = await install();
    await expect(install({ prove: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    expect(inspectEngine('tensorflow')).toMatchObject({ state: 'installed', engine: { folder } });
    age(folder, 30);
    const next = await install();
    expect(next.folder).not.toBe(folder);
    expect(inspectEngine('tensorflow')).toMatchObject({ state: 'installed', engine: { folder: next.folder } });
    // The week begins when another takes its place.
    await install();
    expect(existsSync(folder)).toBe(true);
    age(folder, 8);
    await install();
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(next.folder)).toBe(true);
  });

  it('keeps what another process has installed meanwhile, with which runs may have begun', async () => {
    await serve([goodFile]);
    const first: { folder?: string } = {};
    const second = await install({
      prove: async () => {
        first.folder ??= (await install()).folder;
        return proof;
      },
    });
    expect(second.folder).toBe(first.folder);
    expect(inspectEngine('tensorflow')).toMatchObject({ state: 'installed', engine: { folder: first.folder } });
    expect(machine.inHome()).toHaveLength(2);
  });

  it.each([
    ['another thing', { library: 'libtensorflow 2.20.0' }],
    ['what lacks a file by now', {}],
  ])('does not take %s for its own that was installed meanwhile', async (_, other) => {
    await serve([goodFile]);
    const { folder } = await install({
      prove: async () => {
        const first = await install({ prove: () => Promise.resolve({ ...proof, ...other }) });
        if (first.library === proof.library) rmSync(join(first.folder, 'tfjs_binding.node'));
        return proof;
      },
    });
    expect(inspectEngine('tensorflow')).toMatchObject({ state: 'installed', engine: { folder, ...proof } });
  });

  it('keeps a whole library that this machine cannot use, as another may be using it', async () => {
    await serve([goodFile]);
    const { folder } = await install();
    const note = join(machine.home, 'tensorflow', 'installed.json');
    writeFileSync(note, JSON.stringify({ ...readNote('tensorflow'), platform: 'sunos-sparc' }));
    expect(inspectEngine('tensorflow').state).toBe('broken');
    const next = await install();
    expect(existsSync(join(folder, 'tfjs_binding.node'))).toBe(true);
    expect(inspectEngine('tensorflow')).toMatchObject({ state: 'installed', engine: { folder: next.folder } });
  });

  it('keeps a library that was put into place and has no note yet', async () => {
    await serve([goodFile]);
    const placed = join(machine.home, 'tensorflow', '0a0a0a0a');
    mkdirSync(placed, { recursive: true });
    await install();
    expect(existsSync(placed)).toBe(true);
  });

  it('removes at once a library that was broken', async () => {
    await serve([goodFile]);
    const { folder } = await install();
    rmSync(join(folder, 'tfjs_binding.node'));
    const next = await install();
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(next.folder)).toBe(true);
  });

  it('keeps a library that a living process has loaded', async () => {
    await serve([goodFile]);
    const { folder } = await install();
    const user = await startUser(folder);
    await install();
    age(folder, 8);
    await install();
    expect(existsSync(folder)).toBe(true);
    expect(removeEngine('tensorflow')).toEqual({ removed: true, usedBy: [user.pid] });
    expect(inspectEngine('tensorflow').state).toBe('missing');
    await user.end();
    expect(removeEngine('tensorflow')).toEqual({ removed: false, usedBy: [] });
    expect(existsSync(join(machine.home, 'tensorflow'))).toBe(false);
  });

  it('goes on where what a killed installation left cannot be removed', async () => {
    await serve([goodFile]);
    const name = `.making-${deadOwner}-0a0a0a0a`;
    mkdirSync(join(machine.home, 'tensorflow'), { recursive: true });
    writeFileSync(join(machine.home, 'tensorflow', name), 'not even a folder');
    await expect(install()).resolves.toMatchObject({ name: 'tensorflow' });
    expect(machine.inHome()).not.toContain(name);
  });

  it('leaves nothing where the note cannot be written', async () => {
    await serve([goodFile]);
    // A folder in its place.
    mkdirSync(join(machine.home, 'tensorflow', 'installed.json'), { recursive: true });
    await expect(install()).rejects.toThrow();
    expect(machine.inHome()).toEqual(['installed.json']);
  });

  it('removes what a killed installation left, and not what a living one is at', async () => {
    await serve([goodFile]);
    const home = join(machine.home, 'tensorflow');
    const [dead, alive] = [`.making-${deadOwner}-0a0a0a0a`, `.making-${ownerName}-0b0b0b0b`];
    const elsewhere = '.making-4194999-1-0123456789ab-0c0c0c0c';
    for (const name of [dead, alive, elsewhere]) mkdirSync(join(home, name), { recursive: true });
    await install();
    expect(machine.inHome()).not.toContain(dead);
    expect(machine.inHome()).toEqual(expect.arrayContaining([alive, elsewhere]));
  });
});

/** A process that has a library below a folder loaded: a copy of a small one of this machine. */
async function startUser(folder: string) {
  const library = join(folder, 'library.so');
  const loaded = readFileSync('/proc/self/maps', 'utf8');
  const [small = ''] = /\S+\/libdl\.so\S*|\S+\/libpthread\.so\S*|\S+\/libm\.so\S*/.exec(loaded) ?? [];
  writeFileSync(library, readFileSync(small));
  const child = spawn(execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    env: { LD_PRELOAD: library },
    stdio: 'ignore',
  });
  while (processesUsing(folder).length === 0) await sleep(20);
  return {
    pid: child.pid,
    async end() {
      child.kill('SIGKILL');
      while (processesUsing(folder).length > 0) await sleep(20);
      rmSync(library);
    },
  };
}

describe.runIf(process.platform === 'linux')('an installation of tensorflow fails clearly, and leaves nothing,', () => {
  it('without a network', async () => {
    env['PIP_INDEX_URL'] = 'http://127.0.0.1:1/simple';
    await expectFailure(install(), 'engine-no-network', /could not be fetched: connect ECONNREFUSED 127\.0\.0\.1:1\.$/);
  });

  it('without a wheel for this machine', async () => {
    await serve([{ name: wheelName('2.21.0', 'cp312', 's390x'), content: makeWheel() }]);
    await expectFailure(install(), 'engine-no-wheel');
  });

  it('with the nearest releases where the wanted one is not there', async () => {
    const versions = ['2.9.1', '2.18.0', '2.19.0', '2.20.0', '2.21.0', '3.0.0rc1'];
    await serve(versions.map((version) => ({ name: wheelName(version), content: Buffer.of(1) })));
    const attempt = install({ version: '9.9.9' });
    await expectFailure(attempt, 'engine-no-wheel', /==9\.9\.9/);
    await expect(attempt).rejects.toMatchObject({
      advice: expect.stringContaining('are there: 2.18.0, 2.19.0, 2.20.0, 2.21.0 (--version)') as string,
    });
  });

  it.each([
    ['PIP_INDEX_URL', 'notaurl', /notaurl is not the address/],
    ['PIP_CERT', '/no-such-file', /\/no-such-file cannot be read/],
  ])('when %s is %s', async (variable, value, message) => {
    env['PIP_INDEX_URL'] = 'http://127.0.0.1:1/simple';
    env[variable] = value;
    await expectFailure(install(), 'engine-pip-setting', message);
  });

  it('without a compiler, before anything is fetched', async () => {
    machine.program('g++', 'exit 1');
    const { asked } = await serve([goodFile]);
    await expectFailure(install(), 'engine-no-compiler');
    expect(asked).toEqual([]);
  });

  it('with a compiler that fails, whose last words it tells', async () => {
    machine.program('g++', `case "$1" in --version) echo "g++ 4.8"; exit 0;; esac; echo "what is c++17?" >&2; exit 1`);
    await serve([goodFile]);
    await expectFailure(install(), 'engine-compile-failed', /g\+\+ 4\.8[^]*what is c\+\+17/);
  });

  it('with a compiler that makes nothing', async () => {
    machine.program('g++', 'exit 0');
    await serve([goodFile]);
    await expectFailure(install(), 'engine-compile-failed', /by g\+\+: it ended without an error, and made no file\.$/);
  });

  it('when the compiler that CXX names is not there', async () => {
    env['CXX'] = 'no-such-compiler -O3';
    await expectFailure(install(), 'engine-no-compiler', /no-such-compiler/);
  });

  it('when the file is not what the index has a checksum of', async () => {
    await serve([{ ...goodFile, sha256: '0'.repeat(64) }]);
    await expectFailure(install(), 'engine-checksum', /not 0{64}/);
  });

  it('when a wheel of the tested release is not the one that was tested', async () => {
    await serve([{ name: wheelName('2.21.0', 'cp311'), content: makeWheel() }]);
    await expectFailure(install(), 'engine-checksum');
  });

  it('when a library is not what the wheel has a checksum of', async () => {
    const content = makeWheel(undefined, 'tensorflow/libtensorflow_cc.so.2,sha256=AAAA,11\n');
    await serve([{ ...goodFile, content }]);
    await expectFailure(install(), 'engine-not-a-wheel', /RECORD/);
  });

  it('when the wheel ends too early', async () => {
    const from = [machine.write(wheelName(), makeWheel().subarray(0, 300))];
    await expectFailure(install({ from }), 'engine-not-a-wheel');
  });

  it('when the wheel is not of TensorFlow', async () => {
    const from = [machine.write(wheelName(), makeWheel({ 'tensorflow/other.txt': 'x' }))];
    await expectFailure(install({ from }), 'engine-not-a-wheel', /holds no libtensorflow_cc/);
  });

  it('when the wheel is for another kind of machine', async () => {
    const from = [machine.write(wheelName('2.21.0', 'cp312', 's390x'), makeWheel())];
    await expectFailure(install({ from }), 'engine-wrong-platform');
    const windows = [machine.write('tensorflow_cpu-2.21.0-cp311-cp311-win_amd64.whl', makeWheel())];
    await expectFailure(install({ from: windows }), 'engine-wrong-platform');
  });

  it('when the file is no wheel, or not there', async () => {
    await expectFailure(install({ from: [machine.write('wheel.zip', makeWheel())] }), 'engine-not-a-wheel');
    await expectFailure(install({ from: [machine.path('missing.whl')] }), 'engine-not-a-wheel', /no file/);
    await expectFailure(install({ from: [machine.folder] }), 'engine-not-a-wheel', /is not a file/);
  });

  it('when the engine does not work', async () => {
    await serve([goodFile]);
    await expect(install({ prove: () => Promise.reject(new Error('it crashed')) })).rejects.toThrow('it crashed');
    expect(machine.inHome()).toEqual([]);
  });

  it('when it is interrupted in the middle of the download', async () => {
    await serve([{ ...goodFile, stalls: true }]);
    const cancelling = new AbortController();
    const reporter = { step: () => undefined, progress: () => cancelling.abort() };
    await expect(install({ signal: cancelling.signal, reporter })).rejects.toThrow();
    expect(machine.inHome()).toEqual([]);
  });

  it('where the folder cannot be made', async () => {
    writeFileSync(machine.home, 'a file');
    await expect(install()).rejects.toMatchObject({ code: 'engine-folder-not-writable' });
    expect(inspectEngine('tensorflow').state).toBe('missing');
    expect(removeEngine('tensorflow')).toEqual({ removed: false, usedBy: [] });
    // Node's error is ENOENT, as it is on some read-only disks.
    env['PIPE_ENGINES'] = '/proc/no-engines';
    await expect(install()).rejects.toMatchObject({ code: 'engine-folder-not-writable' });
  });

  it('when it is interrupted while the compiler runs, with all that the compiler has started', async () => {
    const mark = machine.path('compiling');
    machine.program(
      'g++',
      `case "$1" in --version) echo g; exit 0;; esac; ( sleep 600 ) & echo "$! $TMPDIR" > '${mark}'; wait`,
    );
    env['PATH'] = `${env['PATH'] ?? ''}:/bin:/usr/bin`;
    await serve([goodFile]);
    const cancelling = new AbortController();
    const attempt = install({ signal: cancelling.signal });
    attempt.catch(() => undefined);
    while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await sleep(20);
    const [pid, temporary] = readFileSync(mark, 'utf8').trim().split(' ');
    expect(temporary).toMatch(join(machine.home, 'tensorflow', '.making-'));
    cancelling.abort();
    await expect(attempt).rejects.toThrow();
    await vi.waitFor(() => expect(readState(Number(pid))).not.toMatch(/^[RS]$/), { timeout: 30_000 });
    expect(existsSync(machine.home)).toBe(false);
  });

  it.runIf(!hasNvidiaDriver() && process.arch === 'x64')('for a GPU on a machine that shows none', async () => {
    await expectFailure(install({ gpu: true }), 'engine-no-gpu');
  });
});

/** `S` sleeps, `Z` is dead and not yet reaped; empty when it is gone. */
function readState(pid: number): string {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

it('says how to get the npm package that was left out', () => {
  expect(() => findBindingPackage(machine.folder)).toThrow(
    expect.objectContaining({ code: 'engine-package-missing', advice: expect.stringContaining('npm ci') as string }),
  );
});
