import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { PipeError, exitCodes } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { systemText } from '../system-text.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** A folder for a store that nothing is in yet. */
export interface Scratch {
  readonly folder: string;
  /** Removes the folder; one that the user named is kept after `keep`. */
  end(options: { readonly keep: boolean }): void;
}

/**
 * Makes a folder among the temporary ones, or the one that is named, which must be empty. It goes also when the process
 * exits in between. Throws a PipeError: `folder-not-empty`, `folder-not-writable`.
 */
export function openScratch(named: string | undefined): Scratch {
  const folder =
    named === undefined ? guarded(tmpdir(), () => makeTemporaryFolder('reproduce')) : makeNamed(resolve(named));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.on('exit', remove);
  return {
    folder,
    end({ keep }) {
      process.off('exit', remove);
      if (named === undefined || !keep) remove();
    },
  };
}

function makeNamed(folder: string): string {
  return guarded(folder, () => {
    makeFolder(folder);
    if (readdirSync(folder).length === 0) return folder;
    throw new PipeError('folder-not-empty', `The folder ${folder} is not empty.`, {
      exitCode: exitCodes.usage,
      advice: 'Name a new or an empty one: everything is to be made from nothing there.',
    });
  });
}

function guarded<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof PipeError) throw cause;
    throw new PipeError('folder-not-writable', `The folder ${folder} cannot be used: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Name another by --keep DIR, or another place for temporary folders by the variable TMPDIR.',
      cause,
    });
  }
}
