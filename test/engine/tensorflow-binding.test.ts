import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import createEngine from '../../src/engine/tensorflow/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-tensorflow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = (library: string | undefined, device?: string) =>
  createEngine({
    threads: 1,
    asset: () => Promise.reject(new Error('no assets')),
    ...(library !== undefined && { library }),
    ...(device !== undefined && { device }),
  }).then(
    () => expect.fail('an engine without a library'),
    (error: unknown) => error,
  );

const told = (message: string) =>
  expect.objectContaining({
    code: 'engine-library',
    exitCode: 4,
    message: expect.stringContaining(message) as string,
    advice: expect.stringContaining('pipe engine install tensorflow') as string,
  }) as unknown;

test('an engine that is not installed is told', async () => {
  expect(await failure(undefined)).toEqual(told('it is not installed'));
  expect(await failure(join(folder, 'nowhere'))).toEqual(told('there is no'));
});

test('an engine of a GPU is mended as one of a GPU', async () => {
  const mended = (command: string) =>
    expect.objectContaining({ advice: expect.stringContaining(`\`${command}\``) as string }) as unknown;
  expect(await failure(join(folder, 'nowhere'), 'CPU')).toEqual(mended('pipe engine install tensorflow --force'));
  expect(await failure(join(folder, 'nowhere'), 'Tesla T4')).toEqual(
    mended('pipe engine install tensorflow --gpu --force'),
  );
});

test('a library that cannot be loaded is told', async () => {
  const file = join(folder, 'tfjs_binding.node');
  writeFileSync(file, 'not a library');
  expect(await failure(folder)).toEqual(told('tfjs_binding.node'));
  // The head of a 64-bit library for ARM.
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xb7, 0, 1, 0, 0, 0]);
  writeFileSync(file, head);
  expect(await failure(folder)).toEqual(told('tfjs_binding.node'));
});
