import { inspect } from 'node:util';
import { exitCodes } from '../../errors.ts';
import type { JobFailure } from '../job.ts';

/** A failure that is known where it happens, on its way to the answer. */
export class KnownFailure extends Error {
  readonly failure: JobFailure;

  constructor(failure: JobFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const codeAdvice =
  "A mistake in the stage's code, or something that it does not expect. The stack is in the run's events.jsonl.";

export function failed(
  reason: JobFailure['reason'],
  code: string,
  message: string,
  more: Partial<Pick<JobFailure, 'advice' | 'detail' | 'digests' | 'file'>> = {},
): JobFailure {
  return { status: 'failed', reason, code, message, ...more };
}

/** What an error that a stage threw means. Errors of bundled code are known by their name, as each bundle has its own classes. */
export function failureOf(error: unknown, code = 'stage-threw'): JobFailure {
  if (error instanceof KnownFailure) return error.failure;
  if (!(error instanceof Error)) return failed('threw', code, `A value was thrown that is no error: ${printed(error)}`);
  const detail = error.stack ?? error.message;
  const own = { detail, ...adviceOf(error) };
  if (error.name === 'DataError') return failed('data', codeOf(error) ?? 'data', error.message, own);
  if (error.name === 'PipeError') {
    const isMachine = 'exitCode' in error && error.exitCode === exitCodes.environment;
    return failed(isMachine ? 'environment' : 'threw', codeOf(error) ?? code, error.message, own);
  }
  const disk = diskFailure(codeOf(error), error.message);
  if (disk !== undefined) return { ...disk, detail };
  if (isLackOfMemory(error)) return lackOfMemory(`The stage ran out of memory: ${error.message}.`, detail);
  const advice = code === 'stage-threw' ? { advice: codeAdvice } : {};
  return failed('threw', code, error.message === '' ? error.name : `${error.name}: ${error.message}`, {
    detail,
    ...advice,
  });
}

/** The failure of a system error that means a full or read-only disk, else undefined. */
export function diskFailure(code: string | undefined, message: string): JobFailure | undefined {
  switch (code) {
    case 'ENOSPC':
      return failed('disk', 'disk-full', `The disk is full: ${message}`, {
        advice: 'Free some space (`pipe gc` frees what no run needs), then run again: nothing that was done is lost.',
      });
    case 'EDQUOT':
      return failed('disk', 'disk-quota', `The disk quota is used up: ${message}`, {
        advice: 'Free some space (`pipe gc` frees what no run needs), then run again: nothing that was done is lost.',
      });
    case 'EROFS':
      return failed('disk', 'read-only-disk', `The disk is read-only: ${message}`, {
        advice: 'Give a store folder that can be written to.',
      });
    default:
      return undefined;
  }
}

export function lackOfMemory(message: string, detail?: string): JobFailure {
  return failed('memory', 'out-of-memory', message, {
    advice: 'Run fewer tasks at once (--jobs), or give the stage less to hold at a time.',
    ...(detail !== undefined && { detail }),
  });
}

export const cancelled: JobFailure = failed('cancelled', 'cancelled', 'The task was cancelled.');

export function timedOut(seconds: number): JobFailure {
  return failed('timeout', 'timeout', `The task took longer than ${seconds} s and was ended.`, {
    advice: 'Give the stage a longer `timeout` in the pipeline, if it is not hanging.',
  });
}

/** The code of a system error, a DataError or a PipeError. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function adviceOf(error: Error): { advice?: string } {
  return 'advice' in error && typeof error.advice === 'string' ? { advice: error.advice } : {};
}

/** Memory outside the JavaScript heap has no error class of its own: these are V8's and WebAssembly's messages. */
function isLackOfMemory(error: Error): boolean {
  return (
    error.name === 'RangeError' && /allocation failed|could not allocate memory|out of memory/i.test(error.message)
  );
}

function printed(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 2 });
}
