import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Digest, StoredOutput } from './types.ts';

const chunkBytes = 1 << 20;
let chunk: Buffer | undefined;

/** SHA-256 and size of bytes. */
export function hashBytes(bytes: Uint8Array): StoredOutput {
  return { digest: hash('sha256', bytes) as Digest, size: bytes.length };
}

/** SHA-256 and size of a file, read in pieces of 1 MiB. Throws what the system throws. */
export function hashFile(path: string): StoredOutput {
  chunk ??= Buffer.allocUnsafeSlow(chunkBytes);
  const file = openSync(path, 'r');
  try {
    const state = createHash('sha256');
    for (let size = 0; ;) {
      const read = readSync(file, chunk);
      if (read === 0) return { digest: state.digest('hex') as Digest, size };
      state.update(chunk.subarray(0, read));
      size += read;
    }
  } finally {
    closeSync(file);
  }
}
