import { type ExitCode, exitCodes } from '../errors.ts';
import type { JobFailure } from '../run/job.ts';

/** The exit code of what a failed task ended. */
export function failureExitCode(failure: Pick<JobFailure, 'reason'> | undefined): ExitCode {
  switch (failure?.reason) {
    case 'data':
    case 'changed':
      return exitCodes.inputData;
    case 'environment':
    case 'disk':
      return exitCodes.environment;
    case 'damaged':
      return exitCodes.storeIntegrity;
    default:
      return exitCodes.taskFailed;
  }
}
