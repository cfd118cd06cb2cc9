import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Diagnostic } from '../errors.ts';
import { nearest } from './did-you-mean.ts';

/** Far above any pipeline written by hand: an experiment of 12 stages has 2 kB. */
export const largestSpecBytes = 1_000_000;

/** Reads a YAML file as text (a byte order mark is dropped), or says why it cannot be read. */
export async function readSpecFile(
  file: string,
): Promise<{ readonly text: string } | { readonly diagnostic: Diagnostic }> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) {
      return fault(
        'spec-is-folder',
        `The pipeline ${file} is a folder.`,
        `Name a YAML file in it${await exampleIn(file)}.`,
      );
    }
    if (!found.isFile())
      return fault('spec-unreadable', `The pipeline ${file} is not a regular file.`, 'Name a YAML file.');
    if (found.size > largestSpecBytes) {
      const size = (found.size / 1e6).toFixed(1);
      return fault(
        'spec-too-large',
        `The file ${file} has ${size} MB; at most 1 MB is read.`,
        'Keep data in files of their own, and name them in the pipeline.',
      );
    }
    return decode(file, await readFile(file));
  } catch (error) {
    return unreadable(file, error);
  }
}

function decode(file: string, bytes: Uint8Array): { readonly text: string } | { readonly diagnostic: Diagnostic } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return fault('spec-not-text', `The file ${file} is not UTF-8 text.`, 'Save it as UTF-8, or name another file.');
  }
}

async function unreadable(file: string, error: unknown): Promise<{ readonly diagnostic: Diagnostic }> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') {
    return fault(
      'spec-unreadable',
      `The file ${file} cannot be read (${code}).`,
      'Check its permissions and its path.',
    );
  }
  const names = await yamlNames(dirname(file));
  const meant = nearest(stem(file), names.map(stem));
  const name = names.find((candidate) => stem(candidate) === meant);
  const advice = name === undefined ? 'Check the path.' : `Did you mean \`${join(dirname(file), name)}\`?`;
  return fault('spec-missing', `The file ${file} does not exist.`, advice);
}

async function exampleIn(folder: string): Promise<string> {
  const [name] = await yamlNames(folder);
  return name === undefined ? '' : `, such as ${name}`;
}

async function yamlNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /\.ya?ml$/.test(name)).sort();
}

function stem(file: string): string {
  return basename(file, extname(file));
}

function fault(code: string, message: string, advice: string): { readonly diagnostic: Diagnostic } {
  return { diagnostic: { code, message, advice } };
}
