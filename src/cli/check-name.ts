import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { readRun, runNames } from '../experiment/index.ts';
import type { Pipeline } from '../spec/types.ts';

/**
 * Runs are kept under their pipeline's name: two files with one name would mix theirs. Refused while the file of the
 * last run is there and still has the name; a file that was moved or renamed gives its name free, and so does one that
 * this workspace was copied from.
 */
export function checkNameIsFree(experiments: string, { name, file }: Pipeline): void {
  const [last] = runNames(experiments, name);
  if (last === undefined) return;
  const record = readRun(join(experiments, name, last.run));
  if ('detail' in record || sameFile(record.spec, file) || !stillNamed(record.spec, name)) return;
  if (isCopy(file, record.spec, dirname(experiments))) return;
  throw new PipeError('duplicate-pipeline-name', `${file} and ${record.spec} are both called '${name}'.`, {
    exitCode: exitCodes.usage,
    advice: `Change \`pipeline: ${name}\` in one of them: their runs would be mixed in experiments/${name}.`,
  });
}

function sameFile(a: string, b: string): boolean {
  if (a === b) return true;
  return existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b);
}

/** The record came along when the folder with the file and its workspace was copied. */
function isCopy(file: string, original: string, workspace: string): boolean {
  const isInside = (path: string) => path.startsWith(`${workspace}${sep}`);
  return isInside(file) && !isInside(original) && basename(file) === basename(original);
}

function stillNamed(file: string, name: string): boolean {
  try {
    const stated = /^pipeline:[ \t]*(.*?)[ \t]*(?:#.*)?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    return stated.replaceAll(/^["']|["']$/g, '') === name;
  } catch {
    return false;
  }
}
