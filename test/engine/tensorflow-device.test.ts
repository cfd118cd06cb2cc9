import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deviceInUse, nvidiaGpus, requireDevice, visibleGpus } from '../../src/engine/tensorflow/device.ts';

test('a CPU in the place of a GPU is refused, and the other way round', () => {
  expect(() => requireDevice('CPU', false)).not.toThrow();
  expect(() => requireDevice('NVIDIA H100', false)).toThrow(
    expect.objectContaining({
      code: 'engine-device',
      exitCode: 4,
      message: expect.stringContaining('finds CPU') as string,
    }),
  );
  expect(() => requireDevice('CPU', true)).toThrow(expect.objectContaining({ code: 'engine-device' }));
});

test('another GPU may have an engine of its own; one that is out of sight keeps its engine', () => {
  expect(() => requireDevice('NVIDIA H100', true)).toThrow(
    expect.objectContaining({ advice: expect.stringContaining('tensorflow --gpu --force') as string }),
  );
  expect(() => requireDevice('NVIDIA H100', false)).toThrow(
    expect.objectContaining({ advice: expect.not.stringContaining('pipe engine install') as string }),
  );
});

test('GPUs have the names that their driver gives them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-gpus-'));
  mkdirSync(join(folder, '0000:01:00.0'));
  writeFileSync(join(folder, '0000:01:00.0', 'information'), 'Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 1\n');
  expect(nvidiaGpus(folder)).toEqual(['NVIDIA H100 80GB HBM3']);
  rmSync(folder, { recursive: true });
});

test('a process with a GPU of its own knows which one it is', () => {
  const all = ['NVIDIA A100', 'Tesla T4'];
  expect(visibleGpus(all, undefined)).toEqual(all);
  expect(visibleGpus(all, '1')).toEqual(['Tesla T4']);
  // Such names are not known to the kernel's part of the driver.
  expect(visibleGpus(all, 'GPU-8932f937')).toEqual(all);
});

test('an installation notes the GPU that its trial ran on', () => {
  const all = ['NVIDIA A100', 'Tesla T4', 'Tesla T4'];
  expect(deviceInUse(true, all, '1')).toEqual({ device: 'Tesla T4', gpus: 2 });
  expect(deviceInUse(true, all, '0')).toEqual({ device: 'NVIDIA A100', gpus: 1 });
  expect(deviceInUse(true, all, undefined)).toEqual({ device: 'NVIDIA A100', gpus: 1 });
  expect(deviceInUse(false, all, '')).toEqual({ device: 'CPU', gpus: 0 });
});
