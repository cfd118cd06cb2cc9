import { expect, test } from 'vitest';
import type { JobFailure } from '../../src/run/job.ts';
import { failureOfEnd } from '../../src/run/executors/process-end.ts';
import { lackOfMemory } from '../../src/run/executors/failures.ts';
import { hinderedTrial, isHindrance } from '../../src/sweep/hindrance.ts';

const failed = (reason: JobFailure['reason'], code: string): JobFailure => ({
  status: 'failed',
  reason,
  code,
  message: 'It failed.',
});
const killed = (oomKill: boolean) =>
  failureOfEnd('The process', { code: null, signal: 'SIGKILL', stderr: '', oomKill });

test.each([
  ['a full disk', failed('disk', 'disk-full'), 4],
  ['an engine that does not start', failed('environment', 'engine-missing'), 4],
  ['a recording that changed', failed('changed', 'source-changed'), 3],
  ['a recording that cannot be read', failed('data', 'unreadable-file'), 3],
  ['a stored result that is damaged', failed('damaged', 'damaged-artifact'), 5],
  ['a process that was killed', killed(false), 4],
  ['a machine without memory', killed(true), 4],
])('%s is no fault of the configuration', (_, failure, exitCode) => {
  expect(isHindrance(failure)).toBe(true);
  expect(hinderedTrial({ search: 'fold=01', trial: 3 }, failure)).toMatchObject({ code: 'trial-hindered', exitCode });
});

test.each([
  ['a DataError', failed('data', 'too-deep')],
  ['an error of a stage', failed('threw', 'stage-threw')],
  ['a heap that is too small', lackOfMemory('The process ran out of memory.')],
  ['a network that the engine cannot hold', failed('environment', 'engine-memory')],
  ['a timeout', failed('timeout', 'timeout')],
])('%s may be one', (_, failure) => {
  expect(isHindrance(failure)).toBe(false);
});
