import { type ExitCode, exitCodes } from '../errors.ts';
import type { JobFailure } from './job.ts';

/** The exit code of what a failed task ended. */
export function failureExitCode({ reason }: Pick<JobFailure, 'reason'>): ExitCode {
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
