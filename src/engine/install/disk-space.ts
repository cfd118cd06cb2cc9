import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../store/fs-errors.ts';
import { installError, messageOf } from './install-error.ts';

/** Throws a PipeError (`engine-disk-full`) where fewer bytes are free than an installation takes. */
export function requireSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(nearestFolder(folder));
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw diskFull(folder, `it needs ${megabytes(bytes)} while it works, and ${megabytes(free)} are free`);
}

/** What a failed write in the engines' folder means; other errors pass through. */
export function writeFailure(error: unknown, folder: string): unknown {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(folder, 'the disk is full');
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'ENOTDIR':
      return installError(
        'engine-folder-not-writable',
        `${folder} cannot be written: ${messageOf(error)}`,
        'Name another folder by PIPE_ENGINES, now and for every run.',
        error,
      );
    default:
      return error;
  }
}

export function diskFull(folder: string, reason: string): Error {
  return installError(
    'engine-disk-full',
    `There is no room for the engine in ${folder}: ${reason}.`,
    'Free some space, or name a folder on another disk by PIPE_ENGINES, now and for every run.',
  );
}

function nearestFolder(folder: string): string {
  const parent = dirname(folder);
  return existsSync(folder) || parent === folder ? folder : nearestFolder(parent);
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
