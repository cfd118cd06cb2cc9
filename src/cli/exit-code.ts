import { type ExitCode, exitCodes } from '../errors.ts';
import type { JobFailure } from '../run/job.ts';

/** The exit code of a run: that of its failures where they are all of one kind, such as bad input data. */
export function exitCodeOf(
  status: 'done' | 'failed' | 'interrupted',
  failures: readonly Pick<JobFailure, 'reason'>[],
): ExitCode {
  if (status === 'interrupted') return exitCodes.interrupted;
  if (status === 'done') return exitCodes.done;
  const kinds = new Set(failures.map(({ reason }) => exitCodeOfFailure(reason)));
  const [only = exitCodes.taskFailed] = kinds;
  return kinds.size === 1 ? only : exitCodes.taskFailed;
}

function exitCodeOfFailure(reason: JobFailure['reason']): ExitCode {
  switch (reason) {
    case 'data':
    case 'changed':
      return exitCodes.inputData;
    case 'disk':
    case 'environment':
      return exitCodes.environment;
    case 'damaged':
      return exitCodes.storeIntegrity;
    case 'threw':
    case 'output':
    case 'exit':
    case 'memory':
    case 'timeout':
    case 'cancelled':
      return exitCodes.taskFailed;
  }
}
