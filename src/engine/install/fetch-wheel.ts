import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PipeError } from '../../errors.ts';
import { codeOf } from '../../store/fs-errors.ts';
import { diskFull } from './disk-space.ts';
import { downloadWheel, wrongChecksum } from './download.ts';
import { installError, messageOf } from './install-error.ts';
import { findWheel } from './package-index.ts';
import { diskFullCause, pipDownload } from './pip-download.ts';
import { checkPipConfig, readPipConfig } from './pip-config.ts';
import { wheelDigests } from './pinned.ts';
import type { InstallOptions } from './reporter.ts';
import type { Requirement } from './version-ranges.ts';
import { type WheelName, fitsThisMachine, parseWheelName } from './wheel-name.ts';

/** A wheel on this disk. */
export interface Wheel {
  readonly path: string;
  readonly name: WheelName;
}

export interface FetchOptions extends InstallOptions {
  /** A terminal, on which pip may draw. */
  readonly live: boolean;
}

/** Fetches a wheel into a folder: by pip, and where that does not work from the index itself. */
export async function fetchWheel(requirement: Requirement, folder: string, options: FetchOptions): Promise<Wheel> {
  const { signal, live, reporter } = options;
  reporter.step(`downloading ${requirement.distribution}${requirement.range}`);
  const { wheel, failure = '' } = await pipDownload(requirement, folder, { signal, shown: live });
  signal.throwIfAborted();
  if (wheel !== undefined) return checkedWheel(wheel);
  if (failure === diskFullCause) throw diskFull(folder, 'the disk is full');
  reporter.step(`pip did not fetch it (${failure}); asking the package index`);
  return fetchFromIndex(requirement, folder, options);
}

async function fetchFromIndex(requirement: Requirement, folder: string, options: InstallOptions): Promise<Wheel> {
  const config = readPipConfig();
  checkPipConfig(config);
  try {
    const wheel = await findWheel(requirement, config, options.signal);
    const path = join(folder, wheel.name.file);
    await downloadWheel(wheel, path, config.certificates, options);
    return await checkedWheel(path);
  } catch (error) {
    const isOurs = error instanceof PipeError || options.signal.aborted;
    if (isOurs || ['ENOSPC', 'EDQUOT', 'EROFS'].includes(codeOf(error) ?? '')) throw error;
    throw installError(
      'engine-no-network',
      `${requirement.distribution} could not be fetched: ${causeOf(error)}.`,
      'Is there a network? A mirror is named by PIP_INDEX_URL or pip.conf; a proxy by HTTPS_PROXY, which pip knows. ' +
        'Without a network, fetch the wheel elsewhere and give it by --from FILE.',
      error,
    );
  }
}

/** Of a host with several addresses Node tells a list of errors, whose own message is empty. */
function causeOf(error: unknown): string {
  return error instanceof AggregateError ? messageOf(error.errors[0]) : messageOf(error);
}

/** Wheels that the user has fetched. Throws a PipeError for what is none, or is for another machine. */
export function localWheels(files: readonly string[]): Promise<Wheel[]> {
  return Promise.all(
    files.map(async (file) => {
      const path = resolve(file);
      const state = existsSync(path) ? statSync(path) : undefined;
      if (state?.isFile() !== true) {
        const fault = state === undefined ? `There is no file ${path}.` : `${path} is not a file.`;
        throw installError('engine-not-a-wheel', fault, 'Give the .whl file itself behind --from.');
      }
      return checkedWheel(path);
    }),
  );
}

async function checkedWheel(path: string): Promise<Wheel> {
  const name = parseWheelName(path);
  if (name === undefined) {
    throw installError(
      'engine-not-a-wheel',
      `${basename(path)} is not the name of a wheel.`,
      'Give the .whl file under the name that its index gives it: it says for which machine the file is.',
    );
  }
  if (!fitsThisMachine(name)) {
    throw installError(
      'engine-wrong-platform',
      `${name.file} is for another kind of machine than this one (${process.platform} ${process.arch}).`,
      'Take the wheel whose name ends in manylinux_…_x86_64.whl (Intel, AMD) or …_aarch64.whl (ARM).',
    );
  }
  const expected = wheelDigests[name.file];
  if (expected !== undefined) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const found = hash.digest('hex');
    if (found !== expected) throw wrongChecksum(name.file, expected, found);
  }
  return { path, name };
}
