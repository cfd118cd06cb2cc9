import { expandText } from '../../spec/template.ts';
import { chmodSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { artifactExtension } from '../../stage/codecs/index.ts';
import type { Command, FileReference, InputFiles, Job, JobFailure, JobInput } from '../job.ts';
import { KnownFailure, failed, failureOf } from './failures.ts';
import { makeFolder } from './make-folder.ts';
import { isReference, readChecked } from './read-files.ts';
import { outputPath } from './stage-outputs.ts';
import { writeWhole } from './whole-file.ts';

/** A command with all its files in place. */
export interface PreparedCommand {
  readonly status: 'prepared';
  readonly argv: readonly string[];
  /** An empty folder to run in. */
  readonly folder: string;
  /** For its temporary files. */
  readonly temporary: string;
}

/** Parts of the scratch folder that go when the command has ended. */
export const commandFolders = ['code', 'inputs', 'work', 'temporary'] as const;

/**
 * Lays out a command's scratch folder: copies of its code and its inputs, whose bytes are checked on the way. The
 * command gets copies, so that one that writes to its input harms neither the store nor the corpus. Never throws.
 */
export function prepareCommand(job: Job): PreparedCommand | JobFailure {
  try {
    const command = job.command;
    if (command === undefined) throw new Error(`The job ${job.title} has no command.`);
    for (const name of [...commandFolders, 'outputs']) {
      // Nothing that an earlier attempt left may be taken for this one's.
      rmSync(join(job.scratch, name), { recursive: true, force: true });
      makeFolder(join(job.scratch, name));
    }
    const paths = new Map([
      ['code', join(job.scratch, 'code')],
      ...Object.entries(job.inputs).flatMap(([name, input]) => layInput(name, input, join(job.scratch, 'inputs'))),
      ...Object.entries(commandOutputs(job)).map(([name, path]): [string, string] => [`outputs.${name}`, path]),
    ]);
    layCode(command, join(job.scratch, 'code'));
    return {
      status: 'prepared',
      argv: command.argv.map((argument) => fillIn(argument, paths)),
      folder: join(job.scratch, 'work'),
      temporary: join(job.scratch, 'temporary'),
    };
  } catch (error) {
    return failureOf(error, 'command-not-prepared');
  }
}

/** Where a command must write its outputs. */
export function commandOutputs({
  outputs,
  scratch,
}: Pick<Job, 'outputs' | 'scratch'>): Readonly<Record<string, string>> {
  const folder = join(scratch, 'outputs');
  return Object.fromEntries(Object.entries(outputs).map(([name, type]) => [name, outputPath(folder, name, type)]));
}

/** Copies the code; a file that changed since the key was made would be another task's code. */
function layCode({ code }: Command, folder: string): void {
  for (const { name, path, digest } of code) {
    const target = join(folder, name);
    if (relative(folder, target).startsWith(`..${sep}`))
      throw new Error(`The code file ${name} lies outside its folder.`);
    const bytes = readChecked({ path, digest, source: true });
    makeFolder(dirname(target));
    writeWhole(target, bytes);
    chmodSync(target, (statSync(path).mode & 0o111) === 0 ? 0o444 : 0o555);
  }
}

/** Copies an input's files; returns what its placeholders stand for. */
function layInput(name: string, input: JobInput, folder: string): [placeholder: string, path: string][] {
  const place = join(folder, encodeURIComponent(name));
  switch (input.kind) {
    case 'one': {
      const paths = copyFiles(input.files, place);
      if (isReference(input.files)) return Object.values(paths).map((path) => [`inputs.${name}`, path]);
      return Object.entries(paths).map(([output, path]) => [`inputs.${name}.${output}`, path]);
    }
    case 'items':
      return layRows(
        name,
        place,
        input.rows.map(({ files, ...row }) => [row, files]),
      );
    case 'each':
      return layRows(
        name,
        place,
        input.entries.map(({ files, ...entry }) => [entry, files]),
      );
  }
}

/** A JSON-lines file with a line per row: what the row says, and `files`, the paths of its artifacts by name. */
function layRows(
  name: string,
  place: string,
  rows: readonly (readonly [row: object, files: InputFiles | undefined])[],
): [string, string][] {
  const lines = rows.map(([row, files], index) => {
    const numbered = join(place, String(index));
    const paths = files === undefined ? {} : copyFiles(files, isReference(files) ? join(numbered, name) : numbered);
    return `${JSON.stringify({ ...row, files: isReference(files ?? {}) ? { [name]: paths[''] } : paths })}\n`;
  });
  const list = `${place}.jsonl`;
  writeWhole(list, Buffer.from(lines.join('')), 0o444);
  return [[`inputs.${name}`, list]];
}

/** Copies one file to `place` with its type's extension (named `''`), or several into the folder `place`. */
function copyFiles(files: InputFiles, place: string): Record<string, string> {
  if (isReference(files)) return { '': copyFile(files, place) };
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, copyFile(file, join(place, encodeURIComponent(name)))]),
  );
}

function copyFile(file: FileReference, place: string): string {
  const path = `${place}${artifactExtension(file.type)}`;
  makeFolder(dirname(path));
  writeWhole(path, readChecked(file), 0o444);
  return path;
}

function fillIn(argument: string, paths: ReadonlyMap<string, string>): string {
  return expandText(argument, (words) => {
    const placeholder = words.join('.');
    const path = paths.get(placeholder);
    if (path !== undefined) return path;
    throw new KnownFailure(
      failed('threw', 'unknown-placeholder', `The command asks for \${${placeholder}}, which there is not.`, {
        advice: `There are: ${[...paths.keys()].map((name) => `\${${name}}`).join(', ')}.`,
      }),
    );
  });
}
