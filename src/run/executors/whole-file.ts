import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Digest } from '../../store/types.ts';

/** Node reads, writes and hashes less than 2 GiB a call. */
const chunk = 2 ** 30;

/** All bytes of a file in a buffer of its own, so that arrays in it are aligned and nothing else is kept alive. */
export function readWhole(path: string): Uint8Array<ArrayBuffer> {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(fstatSync(file).size);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, Math.min(chunk, bytes.length - length), length);
      if (read === 0) break;
      length += read;
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  } finally {
    closeSync(file);
  }
}

/** Writes a file of these bytes; whatever was there is replaced. */
export function writeWhole(path: string, bytes: Uint8Array, mode = 0o666): void {
  const file = openSync(path, 'w', mode);
  try {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written, Math.min(chunk, bytes.length - written));
    }
  } finally {
    closeSync(file);
  }
}

/** SHA-256 of a file's bytes, in hex, and how many there are, without holding them all. */
export function hashFile(path: string): { readonly digest: Digest; readonly size: number } {
  const file = openSync(path, 'r');
  try {
    const sum = createHash('sha256');
    const part = new Uint8Array(1 << 20);
    let size = 0;
    for (let read = readSync(file, part); read > 0; read = readSync(file, part)) {
      sum.update(part.subarray(0, read));
      size += read;
    }
    return { digest: sum.digest('hex') as Digest, size };
  } finally {
    closeSync(file);
  }
}

/** SHA-256 of bytes, in hex. */
export function sha256(bytes: Uint8Array): Digest {
  if (bytes.length <= chunk) return hash('sha256', bytes, 'hex') as Digest;
  const sum = createHash('sha256');
  for (let start = 0; start < bytes.length; start += chunk) sum.update(bytes.subarray(start, start + chunk));
  return sum.digest('hex') as Digest;
}
