import { PipeError, exitCodes } from '../errors.ts';
import { failureExitCode } from '../run/failure-exit-code.ts';
import type { JobFailure } from '../run/job.ts';
import type { TrialName } from './events.ts';

/** What a machine, a store or a file fails at, and not a configuration. */
const reasons: ReadonlySet<JobFailure['reason']> = new Set(['environment', 'disk', 'changed', 'damaged']);
const codes: ReadonlySet<string> = new Set([
  'machine-out-of-memory',
  'process-killed',
  'process-not-started',
  'worker-not-started',
  'unreadable-file',
]);

/** What its engine cannot hold is too large, whenever it is tried. */
const own: ReadonlySet<string> = new Set(['engine-memory']);

/**
 * Whether a failure says nothing of the configuration that it happened to: the same trial may come to its end tomorrow. A search
 * must not learn from it, nor a choice be made without it. A `timeout` is no such failure: it is a rule of the pipeline.
 */
export const isHindrance = ({ reason, code }: Pick<JobFailure, 'reason' | 'code'>): boolean =>
  !own.has(code) && (reasons.has(reason) || codes.has(code));

/** What ends a sweep of which a trial was hindered. */
export function hinderedTrial({ search, trial }: TrialName, failure: JobFailure): PipeError {
  const { code, message, advice = '' } = failure;
  const name = search === '' ? `Trial ${trial}` : `Trial ${trial} of ${search}`;
  const exitCode = failureExitCode(failure);
  return new PipeError('trial-hindered', `${name} was hindered, not by its configuration, with [${code}]: ${message}`, {
    exitCode: exitCode === exitCodes.taskFailed ? exitCodes.environment : exitCode,
    advice: `${advice} The sweep goes on with this trial when it is started again.`.trimStart(),
  });
}
