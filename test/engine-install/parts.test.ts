import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import fc from '../support/fast-check.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, removeEmpty } from '../../src/engine/install/home-folder.ts';
import { causeOf } from '../../src/engine/install/pip-download.ts';
import { requireSpace } from '../../src/engine/install/disk-space.ts';
import { readPipConfig } from '../../src/engine/install/pip-config.ts';
import { nvidiaRequirements } from '../../src/engine/install/take-libraries.ts';
import { compareVersions, isInRange, nearestVersions } from '../../src/engine/install/version-ranges.ts';
import { parseWheelName } from '../../src/engine/install/wheel-name.ts';
import { type FakeMachine, createMachine } from './fakes.ts';

describe("pip's configuration", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = createMachine();
    mkdirSync(machine.path('config/pip'), { recursive: true });
  });
  afterEach(() => machine.remove());

  it('is the public index where there is none', () => {
    env['PIP_CONFIG_FILE'] = '/dev/null';
    expect(readPipConfig()).toEqual({ indexes: ['https://pypi.org/simple'], certificates: undefined });
  });

  it('is read from its file: further indexes on lines of their own, the command before all', () => {
    const text = `# mirrors
[global]
index-url = https://a/simple
extra-index-url =
    https://b/simple
    https://c/simple
cert = /certificates.pem
[download]
index-url=https://d/simple
[list]
index-url=https://e/simple
`;
    env['PIP_CONFIG_FILE'] = machine.write('own.conf', text);
    expect(readPipConfig()).toEqual({
      indexes: ['https://d/simple', 'https://b/simple', 'https://c/simple'],
      certificates: '/certificates.pem',
    });
  });

  it('is the environment before its file', () => {
    env['PIP_CONFIG_FILE'] = machine.write('own.conf', '[global]\nindex-url = https://a/simple\n');
    env['PIP_INDEX_URL'] = 'https://user:secret@b/simple';
    expect(readPipConfig().indexes).toEqual(['https://user:secret@b/simple']);
  });
});

describe('a range of versions', () => {
  it.each([
    ['12.6.4.1', '<13.0,>=12.5.3.2', true],
    ['12.5.3.1', '<13.0,>=12.5.3.2', false],
    ['13.0', '<13.0,>=12.5.3.2', false],
    ['13.0.0', '<=13', true],
    ['2.21.0', '==2.21', true],
    ['2.21.1', '==2.21.0', false],
    ['2.21.0', '!=2.21.0', false],
    ['2.22.0rc1', '>=2.21', false],
    ['2.21.0', '', true],
    ['2.21.0', '~=2.20', false],
  ])('%s in %j: %s', (version, range, expected) => {
    expect(isInRange(version, range)).toBe(expected);
  });

  it('orders versions as lists of numbers', () => {
    const version = fc.array(fc.nat(50), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = compareVersions(a.join('.'), b.join('.'));
        expect(Math.sign(order)).toBe(0 - Math.sign(compareVersions(b.join('.'), a.join('.'))));
        expect(compareVersions(a.join('.'), [...a, 0].join('.'))).toBe(0);
        expect(compareVersions(a.join('.'), [...a, 1].join('.'))).toBeLessThan(0);
      }),
    );
  });
});

describe('what a GPU needs', () => {
  it("is read from the wheel's metadata, without the compiler", () => {
    const metadata = `Metadata-Version: 2.4
Requires-Dist: numpy>=1.26.0
Provides-Extra: and-cuda
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5.82; extra == "and-cuda"
Requires-Dist: nvidia_cudnn_cu12 (<10.0, >=9.3.0.75) ; extra == 'and-cuda'
`;
    expect(nvidiaRequirements(metadata)).toEqual([
      { distribution: 'nvidia-cublas-cu12', range: '<13.0,>=12.5.3.2' },
      { distribution: 'nvidia-cudnn-cu12', range: '<10.0,>=9.3.0.75' },
    ]);
  });
});

describe('the name of a wheel', () => {
  it.each([
    [
      '/tmp/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      { distribution: 'tensorflow-cpu', version: '2.21.0', python: 'cp311', platforms: ['manylinux_2_27_x86_64'] },
    ],
    [
      'nvidia_cudnn_cu12-9.10.2.21-py3-none-manylinux_2_27_x86_64.manylinux2014_x86_64.whl',
      { distribution: 'nvidia-cudnn-cu12', platforms: ['manylinux_2_27_x86_64', 'manylinux2014_x86_64'] },
    ],
    ['tensorflow-2.21.0-1-cp311-cp311-linux_x86_64.whl', { version: '2.21.0', python: 'cp311' }],
  ])('%s', (path, expected) => {
    expect(parseWheelName(path)).toMatchObject(expected);
  });

  it.each(['tensorflow-2.21.0.tar.gz', 'tensorflow.whl', 'wheel.zip', ''])('%j is none', (path) => {
    expect(parseWheelName(path)).toBeUndefined();
  });
});

describe('room on the disk', () => {
  it('is asked of the nearest folder that is there', () => {
    expect(() => requireSpace('/tmp/not/there/yet', 1)).not.toThrow();
  });

  it('that is missing is told with both sizes', () => {
    expect(() => requireSpace('/tmp', 1e18)).toThrow(
      expect.objectContaining({
        code: 'engine-disk-full',
        message: expect.stringMatching(/1000000000000 MB/) as string,
      }),
    );
  });
});

describe('the home of the engines', () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = createMachine();
  });
  afterEach(() => machine.remove());

  it('is made with the folders above it, and goes with them while it is empty', () => {
    const [outer, inner] = [machine.path('a'), machine.path('a/b')];
    expect(makeHome(inner)).toEqual([inner, outer]);
    expect(makeHome(inner)).toEqual([]);
    writeFileSync(machine.path('a/file'), '');
    removeEmpty([inner, outer]);
    expect(existsSync(inner)).toBe(false);
    expect(existsSync(outer)).toBe(true);
  });
});

describe("pip's failure", () => {
  it.each([
    [
      'ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==9.9.9 (from versions: 2.2.0, 2.21.0)\nERROR: No matching distribution found for tensorflow-cpu==9.9.9',
      'it finds no such release for this machine',
    ],
    [
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<HTTPSConnection(host='pypi.org')>: [Errno -3] Temporary failure')'\nERROR: No matching distribution found for tensorflow-cpu==2.21.0",
      'it cannot reach the index',
    ],
    [
      'ERROR: Could not install packages due to an OSError: Could not find a suitable TLS CA certificate bundle, invalid path: /nope\n',
      'the file of certificates is not there: /nope',
    ],
    ['one\nERROR: something else\n\n[notice] a newer pip\n', 'something else'],
    [`ERROR: ${'x'.repeat(500)}`, `${'x'.repeat(120)}…`],
    ['', ''],
  ])('in few words: %#', (output, expected) => {
    expect(causeOf(output)).toBe(expected);
  });
});

describe('the nearest versions', () => {
  it.each([
    ['==2.5', ['2.3', '2.4', '2.6', '2.10']],
    ['==9.9.9', ['2.4', '2.6', '2.10', '2.11']],
    ['==1.0', ['2.3', '2.4', '2.6', '2.10']],
  ])('to %s', (range, expected) => {
    expect(nearestVersions(['2.10', '2.4', '2.11', '2.6', '2.3'], range)).toEqual(expected);
  });

  it('are all where they are few', () => {
    expect(nearestVersions(['2.1'], '==9')).toEqual(['2.1']);
  });
});
