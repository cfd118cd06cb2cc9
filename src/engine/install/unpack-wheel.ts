import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Entry, type ZipFile, open } from 'yauzl';
import { installError, messageOf } from './install-error.ts';
import type { Wheel } from './fetch-wheel.ts';
import type { InstallOptions } from './reporter.ts';
import { writeHashed } from './write-hashed.ts';

export interface Unpacked {
  /** Sizes by the path that each file was written to. */
  readonly files: ReadonlyMap<string, number>;
  /** The text of METADATA. */
  readonly metadata: string;
}

/**
 * Unpacks those files of a wheel for which `place` gives a path, and checks each against the SHA-256 in the wheel's
 * own RECORD: zip has but a 32-bit checksum.
 */
export async function unpackWheel(
  { path, name }: Wheel,
  place: (file: string) => string | undefined,
  options: InstallOptions,
): Promise<Unpacked> {
  try {
    const zip = await openZip(path);
    const entries = await listEntries(zip);
    const wanted = entries.flatMap((entry) => {
      const target = entry.fileName.endsWith('/') ? undefined : place(entry.fileName);
      return target === undefined ? [] : [{ entry, target }];
    });
    const record = parseRecord(await readText(zip, entries, 'RECORD'));
    const metadata = await readText(zip, entries, 'METADATA');
    const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    const files = new Map<string, number>();
    let done = 0;
    for (const { entry, target } of wanted) {
      mkdirSync(dirname(target), { recursive: true });
      const before = done;
      const digest = await writeHashed(await openEntry(zip, entry), target, options.signal, (bytes) => {
        done = before + bytes;
        options.reporter.progress(done, total);
      });
      if (record.get(entry.fileName) !== digest.toString('base64url'))
        throw new Error(`${entry.fileName} is not what RECORD says`);
      files.set(target, entry.uncompressedSize);
    }
    zip.close();
    return { files, metadata };
  } catch (error) {
    if (options.signal.aborted || isSystemError(error)) throw error;
    throw installError(
      'engine-not-a-wheel',
      `${name.file} cannot be unpacked: ${messageOf(error)}.`,
      'The file is damaged or incomplete: fetch it again.',
      error,
    );
  }
}

/** `path,sha256=DIGEST,size`, the digest in URL-safe base 64 without padding; paths in quotes where they hold commas. */
function parseRecord(text: string): ReadonlyMap<string, string> {
  return new Map(
    Array.from(text.matchAll(/^"?(.+?)"?,sha256=([\w-]+),\d*\r?$/gm), ([, file = '', digest = '']) => [file, digest]),
  );
}

async function readText(zip: ZipFile, entries: readonly Entry[], file: string): Promise<string> {
  const entry = entries.find(({ fileName }) => /^[^/]+\.dist-info\//.test(fileName) && fileName.endsWith(`/${file}`));
  if (entry === undefined) throw new Error(`it has no ${file}`);
  const chunks: Buffer[] = [];
  for await (const chunk of await openEntry(zip, entry)) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => (error ? reject(error) : resolve(zip))),
  );
}

function listEntries(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', reject);
    zip.readEntry();
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) =>
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream))),
  );
}

/** Of the disk, which says nothing about the wheel. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
