import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Streams to a file, telling the bytes so far, and gives the SHA-256 of what was written. */
export async function writeHashed(
  source: NodeJS.ReadableStream,
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(bytes);
      next(null, chunk);
    },
  });
  await pipeline(source, meter, createWriteStream(path), { signal });
  return hash.digest();
}
