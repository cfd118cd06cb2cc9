import { describe, expect, test } from 'vitest';
import type { Task } from '../../src/plan/graph-types.ts';
import { createSlots, gpuNames } from '../../src/run/slots.ts';

const taskWith = (engine?: { readonly threads: number; readonly gpus: number }) =>
  ({ stage: { code: { engine } } }) as unknown as Task;

describe('slots', () => {
  test('hold as many single-threaded tasks as there are cores', () => {
    const slots = createSlots(2, []);
    const task = taskWith();
    const first = slots.take(task);
    slots.take(task);
    expect(slots.lacksCores(task)).toBe(true);
    slots.giveBack(first);
    expect(slots.lacksCores(task)).toBe(false);
  });

  test('give a task with several threads that many cores, and never more than there are', () => {
    const slots = createSlots(4, []);
    slots.take(taskWith({ threads: 3, gpus: 0 }));
    expect(slots.lacksCores(taskWith({ threads: 2, gpus: 0 }))).toBe(true);
    expect(slots.lacksCores(taskWith())).toBe(false);
    expect(createSlots(2, []).lacksCores(taskWith({ threads: 8, gpus: 0 }))).toBe(false);
  });

  test('give each GPU one task, and let others pass', () => {
    const slots = createSlots(8, ['0', '1']);
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
  const slots = createSlots(2, gpuNames(1, ''));
  const task = taskWith({ threads: 1, gpus: 1 });
  expect(slots.lacksGpu(task)).toBe(false);
  expect(slots.take(task).gpu).toBeUndefined();
});

describe('GPU names', () => {
  test.each([
    [2, undefined, ['0', '1']],
    [2, '', []],
    [4, '3,1', ['3', '1']],
    [0, undefined, []],
  ])('%j GPUs with CUDA_VISIBLE_DEVICES=%j', (count, visible, names) => {
    expect(gpuNames(count, visible)).toEqual(names);
  });
});

test('a GPU that a later graph needs is given to one task at a time', () => {
  const slots = createSlots(4, []);
  const task = taskWith({ threads: 1, gpus: 1 });
  slots.addGpus(['0']);
  slots.addGpus(['0']);
  expect(slots.take(task).gpu).toBe('0');
  expect(slots.lacksGpu(task)).toBe(true);
});

test('runs that share slots are told of each that is given back', () => {
  const slots = createSlots(1, []);
  const told: string[] = [];
  slots.onGivenBack(() => told.push('one run'));
  const unlisten = slots.onGivenBack(() => told.push('another'));
  slots.giveBack(slots.take(taskWith({ threads: 1, gpus: 0 })));
  unlisten();
  slots.giveBack(slots.take(taskWith({ threads: 1, gpus: 0 })));
  expect(told).toEqual(['one run', 'another', 'one run']);
});
