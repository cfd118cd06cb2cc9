import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstalledEngine } from '../../src/engine/installed.ts';
import { createMachine, makeWheel, wheelName } from '../engine-install/fakes.ts';
import { filesBelow } from '../support/toy-project.ts';
import { pipeProgram } from '../support/start-pipe.ts';

/**
 * Installs the real library, from the package index or, where PIPE_TEST_WHEEL names one, from a file. It takes
 * 1.5 GB of disk, a C++ compiler and about a minute. PIPE_TEST_NODES: further Node programs to try, with colons between.
 */
const folder = mkdtempSync(join(tmpdir(), 'pipe-engine-system-'));
const home = join(folder, 'engines');
const source = env['PIPE_TEST_WHEEL'] === undefined ? [] : ['--from', env['PIPE_TEST_WHEEL']];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pipe(
  words: readonly string[],
  { node = process.execPath, engines = home, path = env['PATH'] ?? '' } = {},
): string {
  return execFileSync(node, [pipeProgram, 'engine', ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, PIPE_ENGINES: engines, PATH: path, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const isThere = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);

describe.runIf(isThere)('the real tensorflow engine', () => {
  let installed: InstalledEngine;
  beforeAll(() => {
    installed = JSON.parse(pipe(['install', 'tensorflow', '--json', ...source])) as InstalledEngine;
  });

  it('works, and leaves its libraries alone on the disk', () => {
    expect(installed).toMatchObject({ name: 'tensorflow', library: 'libtensorflow 2.21.0' });
    expect(installed.timesWasm).toBeGreaterThan(0);
    expect(filesBelow(home).map((file) => file.slice(home.length))).toHaveLength(4);
    expect(installed.bytes).toBeLessThan(1.2e9);
  });

  it('is not installed again', () => {
    const [library] = filesBelow(home).filter((file) => file.endsWith('.node'));
    const before = statSync(library ?? '').mtimeMs;
    expect(pipe(['install', 'tensorflow'])).toMatch(/^tensorflow is installed: libtensorflow 2\.21\.0 on CPU/);
    expect(statSync(library ?? '').mtimeMs).toBe(before);
  });

  it.each([process.execPath, ...(env['PIPE_TEST_NODES']?.split(':') ?? [])])('loads in %s', (node) => {
    const lines = pipe(['list', '--json'], { node }).trimEnd().split('\n');
    const statuses = lines.map((line) => JSON.parse(line) as object);
    expect(statuses).toContainEqual(expect.objectContaining({ name: 'tensorflow', state: 'works' }));
  });

  it('is broken when a file of it is gone, and made again', () => {
    rmSync(join(installed.folder, 'libtensorflow_framework.so.2'));
    expect(pipe(['list'])).toMatch(/^tensorflow +broken/m);
    if (source.length === 0) return;
    expect(pipe(['install', 'tensorflow', ...source])).toContain('tensorflow was installed');
    expect(existsSync(installed.folder)).toBe(false);
  });
});

/** Needs the right to mount. */
describe.runIf(isThere)('a disk without room', () => {
  const disk = join(folder, 'disk');
  beforeAll(() => {
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  });
  afterAll(() => execFileSync('umount', [disk]));

  it('is told before anything is fetched', () => {
    const attempt = () => pipe(['install', 'tensorflow'], { engines: join(disk, 'engines') });
    expect(attempt).toThrow(
      expect.objectContaining({
        status: 4,
        stderr: expect.stringMatching(/error\[engine-disk-full\].*needs 1500 MB.*PIPE_ENGINES/s) as string,
      }),
    );
    expect(existsSync(join(disk, 'engines'))).toBe(false);
  });

  it.each(['tensorflow', 'webgpu'])('or that is read-only is told before %s is tried', (name) => {
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    try {
      expect(() => pipe(['install', name], { engines: join(disk, 'a', 'engines') })).toThrow(
        expect.objectContaining({
          status: 4,
          stdout: '',
          stderr: expect.stringMatching(/error\[engine-folder-not-writable\].*EROFS.*PIPE_ENGINES/s) as string,
        }),
      );
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', disk]);
    }
  });

  it('that fills up meanwhile is told as such, and nothing is left', () => {
    execFileSync('mount', ['-o', 'remount,size=1600m', disk]);
    const machine = createMachine({ enter: false });
    const wheel = machine.write('the.whl', makeWheel());
    // A pip that fetches the wheel, and somebody who fills the disk.
    machine.program(
      'python3',
      `for word in "$@"; do if [ "$last" = --dest ]; then cp '${wheel}' "$word/${wheelName()}"; fi; last="$word"; done
head -c 2000000000 /dev/zero > '${join(disk, 'other')}' || true`,
    );
    const path = `${machine.environment['PATH'] ?? ''}:${env['PATH'] ?? ''}`;
    const attempt = () => pipe(['install', 'tensorflow'], { engines: join(disk, 'engines'), path });
    expect(attempt).toThrow(
      expect.objectContaining({
        status: 4,
        stdout: expect.stringContaining('unpacking') as string,
        stderr: expect.stringContaining('engine-disk-full') as string,
      }),
    );
    expect(existsSync(join(disk, 'engines'))).toBe(false);
    machine.remove();
  });
});
