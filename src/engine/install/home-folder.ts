import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../store/fs-errors.ts';
import { writeFailure } from './disk-space.ts';
import { installError, messageOf } from './install-error.ts';

/**
 * Makes a folder with those above it, and returns those that were not there, the innermost first.
 * Throws a PipeError (`engine-folder-not-writable`, `engine-disk-full`) where that is not possible.
 */
export function makeHome(folder: string): string[] {
  const made: string[] = [];
  try {
    makeOneByOne(folder, made);
    accessSync(folder, constants.W_OK | constants.X_OK);
    return made;
  } catch (error) {
    removeEmpty(made);
    throw homeFailure(error, folder);
  }
}

/** Removes folders that nothing has been put into. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
  }
}

/** Node's own `recursive` calls a read-only disk ENOENT. */
function makeOneByOne(folder: string, made: string[]): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) makeOneByOne(parent, made);
  try {
    mkdirSync(folder);
    made.unshift(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Whatever it was: the folder is not there, so that its name or its place is wrong. */
function homeFailure(error: unknown, folder: string): unknown {
  const known = writeFailure(error, folder);
  if (known !== error) return known;
  return installError(
    'engine-folder-not-writable',
    `${folder} cannot be made: ${messageOf(error)}`,
    'Name another folder by PIPE_ENGINES, now and for every run.',
    error,
  );
}
