import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cwd } from 'node:process';
import { PipeError, exitCodes } from '../errors.ts';

/** The folders that commands work on. */
export interface WorkspaceFolders {
  readonly root: string;
  readonly artifacts: string;
  readonly experiments: string;
}

/**
 * The folder that the user names, or else the nearest one, from the current folder upwards, that holds `artifacts/`
 * and `experiments/`, or else the current folder. Throws a PipeError (`no-workspace`).
 */
export function findWorkspace(named: string | undefined, from: string = cwd()): WorkspaceFolders {
  if (named !== undefined && statSync(resolve(from, named), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new PipeError('no-workspace', `The workspace ${resolve(from, named)} is not a folder.`, {
      exitCode: exitCodes.usage,
      advice: 'Make it, or correct --workspace or PIPE_WORKSPACE.',
    });
  }
  const root = named === undefined ? (nearestWorkspace(from) ?? from) : resolve(from, named);
  return { root, artifacts: join(root, 'artifacts'), experiments: join(root, 'experiments') };
}

function nearestWorkspace(folder: string): string | undefined {
  if (existsSync(join(folder, 'artifacts')) && existsSync(join(folder, 'experiments'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestWorkspace(parent);
}
