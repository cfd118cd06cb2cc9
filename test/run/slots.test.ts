import { describe, expect, test } from 'vitest';
import type { Task } from '../../src/plan/graph-types.ts';
import { createSlots, gpusFor } from '../../src/run/slots.ts';

const taskWith = (engine?: {
  readonly threads: number;
  readonly gpus: number;
  readonly name?: string;
  readonly device?: string;
}) => ({ stage: { code: { engine } } }) as unknown as Task;
const noGpus = () => [];
const of =
  (visible: string | undefined, ...models: string[]) =>
  () => ({ models, visible });

describe('slots', () => {
  test('hold as many single-threaded tasks as there are cores', () => {
    const slots = createSlots(2, noGpus);
    const task = taskWith();
    const first = slots.take(task);
    slots.take(task);
    expect(slots.lacksCores(task)).toBe(true);
    slots.giveBack(first);
    expect(slots.lacksCores(task)).toBe(false);
  });

  test('give a task with several threads that many cores, and never more than there are', () => {
    const slots = createSlots(4, noGpus);
    slots.take(taskWith({ threads: 3, gpus: 0 }));
    expect(slots.lacksCores(taskWith({ threads: 2, gpus: 0 }))).toBe(true);
    expect(slots.lacksCores(taskWith())).toBe(false);
    expect(createSlots(2, noGpus).lacksCores(taskWith({ threads: 8, gpus: 0 }))).toBe(false);
  });

  test('give each GPU one task, and let others pass', () => {
    const slots = createSlots(8, ({ gpus }) => (gpus > 0 ? ['0', '1'] : []));
    const task = taskWith({ threads: 1, gpus: 2 });
    const taken = [slots.take(task), slots.take(task)];
    expect(taken.map(({ gpu }) => gpu)).toEqual(['0', '1']);
    expect(slots.lacksGpu(task)).toBe(true);
    expect(slots.lacksGpu(taskWith({ threads: 1, gpus: 0 }))).toBe(false);
    slots.giveBack({ cores: 1, gpu: '1' });
    expect(slots.take(task).gpu).toBe('1');
  });
});

test('no task waits for a GPU where the user allows none: its engine tells that there is none', () => {
  const slots = createSlots(2, (engine) => gpusFor(engine, of('', 'NVIDIA A100')));
  const task = taskWith({ threads: 1, gpus: 1 });
  expect(slots.lacksGpu(task)).toBe(false);
  expect(slots.take(task).gpu).toBeUndefined();
});

const ofA100 = { name: 'tensorflow', gpus: 2, device: 'NVIDIA A100' };

describe('GPUs that tasks may be given', () => {
  test.each([
    ['all of the model', ['NVIDIA A100', 'NVIDIA A100'], undefined, ['0', '1']],
    ['no GPU of another model', ['NVIDIA A100', 'Tesla T4', 'NVIDIA A100'], undefined, ['0', '2']],
    ['no more than this machine has', ['NVIDIA A100'], undefined, ['0']],
    ['none of a machine that has none of the model', ['Tesla T4'], undefined, []],
    ['none where the user allows none', ['NVIDIA A100'], '', []],
    ['those that the user allows, in that order', ['NVIDIA A100', 'NVIDIA A100', 'NVIDIA A100'], '2,0', ['2', '0']],
    ['of those that the user allows the ones of the model', ['NVIDIA A100', 'Tesla T4'], '0,1', ['0']],
    ['none that is not there', ['NVIDIA A100'], '0,1', ['0']],
    ['those whose model no name tells', ['NVIDIA A100', 'Tesla T4'], 'GPU-8932f937', ['GPU-8932f937']],
  ])('are %s', (_, found, visible, names) => {
    expect(gpusFor(ofA100, of(visible, ...found))).toEqual(names);
  });

  test('are all where the driver tells no models, or none is asked for yet', () => {
    expect(gpusFor({ ...ofA100, device: 'NVIDIA GPU' }, of('0,1', 'NVIDIA GPU'))).toEqual(['0', '1']);
    expect(gpusFor({ name: 'tensorflow', gpus: 1 }, of('1,0', 'NVIDIA A100', 'Tesla T4'))).toEqual(['1', '0']);
  });

  test('are none for an engine on a CPU', () => {
    expect(gpusFor({ name: 'tensorflow', gpus: 0, device: 'CPU' }, of(undefined, 'NVIDIA A100'))).toEqual([]);
  });

  test.each([undefined, '', '0,1,2,3'])('are one for WebGPU with CUDA_VISIBLE_DEVICES=%j', (visible) => {
    expect(gpusFor({ name: 'webgpu', gpus: 1, device: 'NVIDIA A100' }, of(visible))).toEqual(['webgpu']);
  });
});

test('tasks of engines with GPUs of their own do not wait for each other', () => {
  const slots = createSlots(8, (engine) => gpusFor(engine, of(undefined, 'NVIDIA A100', 'Tesla T4')));
  const [onA100, onT4, onWebgpu] = [
    taskWith({ ...ofA100, threads: 1 }),
    taskWith({ ...ofA100, threads: 1, device: 'Tesla T4' }),
    taskWith({ name: 'webgpu', threads: 1, gpus: 1 }),
  ];
  expect(slots.take(onA100).gpu).toBe('0');
  expect([onA100, onT4, onWebgpu].map(slots.lacksGpu)).toEqual([true, false, false]);
  expect(slots.take(onT4).gpu).toBe('1');
  expect(slots.take(onWebgpu).gpu).toBe('webgpu');
  expect(slots.lacksGpu(onWebgpu)).toBe(true);
});

test('a GPU that another graph knows too is given to one task at a time', () => {
  const slots = createSlots(4, () => ['0']);
  expect(slots.take(taskWith({ threads: 1, gpus: 1 })).gpu).toBe('0');
  expect(slots.lacksGpu(taskWith({ threads: 1, gpus: 1 }))).toBe(true);
});

test('runs that share slots are told of each that is given back', () => {
  const slots = createSlots(1, noGpus);
  const told: string[] = [];
  slots.onGivenBack(() => told.push('one run'));
  const unlisten = slots.onGivenBack(() => told.push('another'));
  slots.giveBack(slots.take(taskWith({ threads: 1, gpus: 0 })));
  unlisten();
  slots.giveBack(slots.take(taskWith({ threads: 1, gpus: 0 })));
  expect(told).toEqual(['one run', 'another', 'one run']);
});
