import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, mkdirSync, statSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Transform, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline as connect } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Entry, extract } from 'tar-stream';
import { PipeError } from '../../errors.ts';
import { isRecord } from '../../stage/codecs/artifact-error.ts';
import { recordFiles } from '../run-record.ts';
import { type BundledFile, type Manifest, bundleError, bundleFiles, bundleFormat, bundleVersion } from './format.ts';

/** No manifest of ours is larger. */
const largestManifest = 256 * 1024 * 1024;

/** What a bundle may hold beside its manifest: no other name is ever written. */
const recordNames: ReadonlySet<string> = new Set(
  Object.values(recordFiles).map((name) => `${bundleFiles.record}${name}`),
);

function isOurName(name: string): boolean {
  if (name === bundleFiles.readme || name === bundleFiles.artifacts || recordNames.has(name)) return true;
  return name.startsWith(bundleFiles.objects) && /^[0-9a-f]{64}$/.test(name.slice(bundleFiles.objects.length));
}

/**
 * Unpacks a bundle into an empty folder, and checks every name, size and checksum on the way. Throws a PipeError:
 * `bundle-missing`, `bundle-foreign`, `bundle-newer`, `bundle-damaged`, `bundle-unsafe`.
 */
export async function unpackBundle(file: string, folder: string, signal: AbortSignal): Promise<Manifest> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw bundleError('bundle-missing', file, 'is not a file that is there');
  const entries = extract();
  // `connect` ends the others when one fails; its error comes out of the loop below, too.
  const reading = connect(createReadStream(file), createGunzip(), entries, { signal });
  reading.catch(() => undefined);
  try {
    const manifest = await unpackEntries(entries, file, folder);
    await reading;
    return manifest;
  } catch (error) {
    entries.destroy();
    const failure: unknown = await reading.then(
      () => error,
      (own: unknown) => (error instanceof PipeError ? error : own),
    );
    // Damage may read as anything, until the checksum at the end tells.
    throw readFailure((await compressionFailure(file, signal)) ?? failure, file, signal);
  }
}

/** Why a file cannot be decompressed to its end; undefined where it can. */
async function compressionFailure(file: string, signal: AbortSignal): Promise<unknown> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await connect(createReadStream(file), createGunzip(), nowhere, { signal });
    return undefined;
  } catch (error) {
    return error;
  }
}

async function unpackEntries(entries: AsyncIterable<Entry>, file: string, folder: string): Promise<Manifest> {
  let manifest: Manifest | undefined;
  const open = new Map<string, BundledFile>();
  for await (const entry of entries) {
    const { name, type, size } = entry.header;
    if (manifest === undefined) {
      manifest = await readManifest(entry, file);
      for (const [listed, facts] of Object.entries(manifest.files)) open.set(listed, facts);
      continue;
    }
    const listed = open.get(name);
    if (!isOurName(name) || type !== 'file')
      throw bundleError('bundle-unsafe', file, `has an entry '${name}' (${type ?? 'unknown'})`);
    if (listed === undefined) throw bundleError('bundle-damaged', file, `has ${name} twice, or not in its manifest`);
    if (size !== listed.size)
      throw bundleError('bundle-damaged', file, `has ${size ?? 0} bytes of ${name}, not ${listed.size}`);
    open.delete(name);
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    if ((await writeHashed(entry, target)) !== listed.sha256)
      throw bundleError('bundle-damaged', file, `has other bytes of ${name} than its manifest says`);
  }
  if (manifest === undefined) throw bundleError('bundle-foreign', file, 'is an empty archive');
  const [missing] = open.keys();
  if (missing !== undefined) throw bundleError('bundle-damaged', file, `lacks ${missing}`);
  return manifest;
}

async function readManifest(entry: Entry, file: string): Promise<Manifest> {
  const { name, size = 0, type } = entry.header;
  const foreign = bundleError(
    'bundle-foreign',
    file,
    'is no bundle of a run: it does not begin with a manifest of ours',
  );
  if (name !== bundleFiles.manifest || type !== 'file' || size > largestManifest) throw foreign;
  const manifest = parse(await buffer(entry));
  if (manifest?.format !== bundleFormat || typeof manifest.version !== 'number') throw foreign;
  if (manifest.version > bundleVersion)
    throw bundleError('bundle-newer', file, `is of version ${manifest.version}, and this pipe knows ${bundleVersion}`);
  if (!isManifest(manifest)) throw bundleError('bundle-damaged', file, 'has a manifest that lacks something');
  for (const [listed, { sha256 }] of Object.entries(manifest.files)) {
    if (!isOurName(listed)) throw bundleError('bundle-unsafe', file, `lists '${listed}'`);
    if (listed.startsWith(bundleFiles.objects) && listed.slice(bundleFiles.objects.length) !== sha256)
      throw bundleError('bundle-damaged', file, `lists ${listed} under another checksum`);
  }
  return manifest;
}

function parse(bytes: Uint8Array): Partial<Manifest> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: Partial<Manifest>): value is Manifest {
  const { pipeline, run, files } = value;
  if (typeof pipeline !== 'string' || typeof run !== 'string' || !isRecord(files)) return false;
  return Object.values(files).every(
    (one: unknown) => isRecord(one) && typeof one['sha256'] === 'string' && Number.isSafeInteger(one['size']),
  );
}

async function writeHashed(entry: Entry, target: string): Promise<string> {
  const digest = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      done(null, chunk);
    },
  });
  await connect(Readable.from(entry), hashing, createWriteStream(target, { flags: 'wx' }));
  return digest.digest('hex');
}

function beginsAsGzip(file: string): boolean {
  const start = Buffer.alloc(2);
  const opened = openSync(file, 'r');
  try {
    readSync(opened, start, 0, 2, 0);
  } finally {
    closeSync(opened);
  }
  return start[0] === 0x1f && start[1] === 0x8b;
}

function readFailure(error: unknown, file: string, signal: AbortSignal): unknown {
  if (error instanceof PipeError || signal.aborted) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  // Bytes behind a whole archive are told by the same error as a file that is none.
  if (code === 'Z_DATA_ERROR' && message.includes('incorrect header') && beginsAsGzip(file))
    return bundleError('bundle-damaged', file, 'has bytes behind its end that do not belong to it', error);
  if (code === 'Z_DATA_ERROR' && message.includes('incorrect header'))
    return bundleError('bundle-foreign', file, 'is not compressed by gzip', error);
  if (code === 'Z_BUF_ERROR' || message.includes('Unexpected end'))
    return bundleError('bundle-damaged', file, 'is cut short', error);
  if (code.startsWith('Z_')) return bundleError('bundle-damaged', file, `is damaged (${message})`, error);
  if (message.includes('Invalid tar header')) return bundleError('bundle-foreign', file, 'is no tar archive', error);
  return error;
}
