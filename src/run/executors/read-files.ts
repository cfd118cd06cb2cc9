import type { ArtifactType, ArtifactValue } from '../../stage/index.ts';
import { ArtifactError, decodeArtifact } from '../../stage/codecs/index.ts';
import type { Digest } from '../../store/types.ts';
import type { FileReference, InputFiles } from '../job.ts';
import { KnownFailure, codeOf, failed } from './failures.ts';
import { readWhole, sha256 } from './whole-file.ts';

/** The value of an input, or a record of values. Throws a `KnownFailure` when bytes are not what was recorded. */
export function readValue(files: InputFiles): ArtifactValue | Readonly<Record<string, ArtifactValue>> {
  if (isReference(files)) return decode(files, readChecked(files));
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, decode(file, readChecked(file))]));
}

export function isReference(files: InputFiles): files is FileReference {
  return typeof files.digest === 'string';
}

/** The bytes of a file, checked to have the digest that the task's key was made of. */
export function readChecked(file: Pick<FileReference, 'path' | 'digest' | 'source'>): Uint8Array {
  const bytes = readOrFail(file);
  if (sha256(bytes) === file.digest) return bytes;
  throw notAsRecorded(
    file,
    file.source ? 'has changed since the run began' : 'does not have the bytes that were recorded',
  );
}

function readOrFail(file: Pick<FileReference, 'path' | 'digest' | 'source'>): Uint8Array {
  try {
    return readWhole(file.path);
  } catch (error) {
    const code = codeOf(error);
    const gone = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
    if (gone) throw notAsRecorded(file, 'is not there any more');
    if (code === 'EIO' && !file.source) throw notAsRecorded(file, 'cannot be read from its disk (EIO)');
    const text = error instanceof Error ? error.message : String(error);
    throw new KnownFailure(
      failed(file.source ? 'data' : 'disk', 'unreadable-file', `${file.path} cannot be read: ${text}`, {
        file: file.path,
        advice: 'Check that the file can be read by the user who runs pipe.',
      }),
    );
  }
}

function notAsRecorded(
  { path, digest, source }: { path: string; digest: Digest; source?: true },
  what: string,
): KnownFailure {
  const message = `${path} ${what}.`;
  if (source) {
    return new KnownFailure(
      failed('changed', 'source-changed', message, { file: path, advice: 'Run again, to take the file as it is now.' }),
    );
  }
  return new KnownFailure(failed('damaged', 'damaged-artifact', message, { file: path, digests: [digest] }));
}

function decode<T extends ArtifactType>(file: FileReference & { type: T }, bytes: Uint8Array) {
  try {
    return decodeArtifact(file.type, bytes);
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    throw new KnownFailure(failed('data', 'malformed-input', `${file.path} ${error.message}.`, { file: file.path }));
  }
}
