import { get } from './http-get.ts';
import { installError } from './install-error.ts';
import type { IndexedWheel } from './package-index.ts';
import type { InstallOptions } from './reporter.ts';
import { writeHashed } from './write-hashed.ts';

/** Streams a wheel to a file and checks it against the index's SHA-256. */
export async function downloadWheel(
  { url, name, sha256, bytes }: IndexedWheel,
  path: string,
  certificates: string | undefined,
  { reporter, signal }: InstallOptions,
): Promise<void> {
  if (sha256 === undefined) {
    throw installError(
      'engine-checksum',
      `The index gives no SHA-256 for ${name.file}, so that a damaged file would not be seen.`,
      'Use another index (PIP_INDEX_URL), or fetch the wheel yourself and give it by --from FILE.',
    );
  }
  const { response } = await get(url, { signal, certificates });
  const length = Number(response.headers['content-length']);
  const total = bytes ?? (Number.isFinite(length) ? length : undefined);
  const digest = await writeHashed(response, path, signal, (done) => reporter.progress(done, total));
  const found = digest.toString('hex');
  if (found !== sha256) throw wrongChecksum(name.file, sha256, found);
}

export function wrongChecksum(file: string, expected: string, found: string): Error {
  return installError(
    'engine-checksum',
    `${file} is not what it must be: its SHA-256 is ${found}, not ${expected}.`,
    'It was damaged on its way, or somebody changed it. Fetch it again, from another index if need be (PIP_INDEX_URL).',
  );
}
