import { type ExitCode, exitCodes } from '../errors.ts';
import { failureExitCode } from '../run/failure-exit-code.ts';
import type { JobFailure } from '../run/job.ts';

/** The exit code of a run: that of its failures where they are all of one kind, such as bad input data. */
export function exitCodeOf(
  status: 'done' | 'failed' | 'interrupted',
  failures: readonly Pick<JobFailure, 'reason'>[],
): ExitCode {
  if (status === 'interrupted') return exitCodes.interrupted;
  if (status === 'done') return exitCodes.done;
  const kinds = new Set(failures.map(failureExitCode));
  const [only = exitCodes.taskFailed] = kinds;
  return kinds.size === 1 ? only : exitCodes.taskFailed;
}
