import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Document, isMap, parseDocument } from 'yaml';
import { PipeError, exitCodes } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { codeOf } from '../../store/fs-errors.ts';
import { systemText } from '../../system-text.ts';
import { writeAside } from '../../write-aside.ts';
import { usageError } from '../open-pipeline.ts';

/** A lock is held for milliseconds: one that stays as long as this was left by a process that was killed. */
const patienceMilliseconds = 5000;

/**
 * Sets one line of `.pipe/data.yaml`; others stay as they are, also those that other processes set at this moment.
 * Throws a PipeError: `bad-data-file`, `data-file-not-writable`.
 */
export async function noteFolder(
  file: string,
  name: string,
  folder: string,
  { patience = patienceMilliseconds } = {},
): Promise<void> {
  try {
    makeFolder(dirname(file));
    await underLock(`${file}.lock`, patience, () => {
      const document = readLocal(file);
      document.set(name, folder);
      writeAside(file, document.toString());
    });
  } catch (cause) {
    if (cause instanceof PipeError) throw cause;
    throw new PipeError('data-file-not-writable', `${file} cannot be written: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Make its folder writable, or name the folder of the data at each run: --data NAME=DIR.',
      cause,
    });
  }
}

async function underLock(lock: string, patience: number, act: () => void): Promise<void> {
  const own = randomUUID();
  let seen: string | undefined;
  let since = performance.now();
  while (!take(lock, own)) {
    const holder = holderOf(lock);
    if (holder !== seen) [seen, since] = [holder, performance.now()];
    else if (performance.now() - since > patience) rmSync(lock, { force: true });
    await sleep(10 + 20 * Math.random());
  }
  try {
    act();
  } finally {
    if (holderOf(lock) === own) rmSync(lock, { force: true });
  }
}

function take(lock: string, own: string): boolean {
  try {
    writeFileSync(lock, own, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}

function readLocal(file: string): Document {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return new Document({});
    throw badFile(`${file} cannot be read: ${systemText(error)}.`);
  }
  const document = parseDocument(text);
  if (document.errors.length === 0 && isMap(document.contents)) return document;
  if (document.errors.length === 0 && document.contents === null) return new Document({});
  throw badFile(`${file} is not a mapping of names to folders.`);
}

const badFile = (message: string): PipeError =>
  usageError('bad-data-file', message, 'Write a line for each folder, such as `emodb: /data/emodb`.');
