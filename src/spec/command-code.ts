import { statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { isTemplate } from './template.ts';

/** A command whose program's files lie in one folder, so that neither its key nor its run depends on where that is. */
export interface CommandCode {
  /** Words that name a file in the folder have become `${code}/…`. */
  readonly command: readonly string[];
  /** Absolute; undefined when no word names a file, as with a program of the system. */
  readonly code: string | undefined;
}

/**
 * Finds a command's code: the given folder, or that of the first word which names a file.
 * Paths are relative to the pipeline's folder.
 */
export function findCommandCode(
  command: readonly string[],
  given: string | undefined,
  pipelineFolder: string,
): CommandCode {
  const files = command.map((word) => fileOf(word, pipelineFolder));
  const first = files.find((file) => file !== undefined);
  const code = given === undefined ? first && dirname(first) : resolve(pipelineFolder, given);
  if (code === undefined) return { command, code };
  return { code, command: command.map((word, index) => withinCode(files[index], code) ?? word) };
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function fileOf(word: string, folder: string): string | undefined {
  // An absolute path is a program of the machine, such as /usr/bin/python3.
  if (word === '' || word.includes('\0') || isTemplate(word) || isAbsolute(word)) return undefined;
  const path = resolve(folder, word);
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
  } catch {
    // A word may be anything, such as a text too long for a path.
    return undefined;
  }
}

function withinCode(file: string | undefined, code: string): string | undefined {
  if (file === undefined) return undefined;
  const path = relative(code, file);
  return path.startsWith(`..${sep}`) || isAbsolute(path) ? undefined : `\${code}/${path.split(sep).join('/')}`;
}
