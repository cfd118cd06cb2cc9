import { PipeError, exitCodes } from '../errors.ts';

/** The system's name of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const readOnlyCodes = new Set(['EROFS', 'EACCES', 'EPERM']);
const fullCodes = new Set(['ENOSPC', 'EDQUOT']);

/** Whether a folder could not be removed because something still writes there, or NFS holds an open file. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EBUSY';
}

export function isReadOnly(error: unknown): boolean {
  return readOnlyCodes.has(codeOf(error) ?? '');
}

/** Says what a failed system call in the store means to the user. PipeErrors pass through. */
export function storeFailure(error: unknown, path: string): PipeError {
  if (error instanceof PipeError) return error;
  const code = codeOf(error) ?? '';
  const cause = { exitCode: exitCodes.environment, cause: error };
  if (readOnlyCodes.has(code)) {
    return new PipeError('store-read-only', `The store cannot be written: ${path} (${code}).`, {
      ...cause,
      advice: 'Choose a store folder that you may write to. What is recorded in this one can still be read.',
    });
  }
  if (fullCodes.has(code)) {
    return new PipeError('store-full', `The disk that holds the store is full: ${path} (${code}).`, {
      ...cause,
      advice:
        'Free some space (`pipe gc` says what the store could free) and run again: what is finished stays finished.',
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new PipeError('store-failed', `The store cannot use ${path}: ${text}`, {
    ...cause,
    advice: 'Check the disk that holds the store; `pipe fsck` reads all of it.',
  });
}

/** Runs a system call on a path; its failure becomes a PipeError that names the path. */
export function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw storeFailure(error, path);
  }
}
