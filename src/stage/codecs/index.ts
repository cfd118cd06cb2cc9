import type { ArtifactType, ArtifactValues, Json } from '../artifact.ts';
import { ArtifactError, describe } from './artifact-error.ts';
import { canonicalJson, parseJson } from './canonical-json.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { decodeWaveform, encodeWaveform } from './waveform.ts';

export { ArtifactError } from './artifact-error.ts';
export { canonicalJson } from './canonical-json.ts';

interface Codec<T extends ArtifactType> {
  /** How the file's name ends. */
  readonly extension: string;
  encode(value: ArtifactValues[T]): Uint8Array;
  decode(bytes: Uint8Array): ArtifactValues[T];
}

const codecs: { readonly [T in ArtifactType]: Codec<T> } = {
  waveform: { extension: '.wav', encode: encodeWaveform, decode: decodeWaveform },
  array: { extension: '.npy', encode: encodeNpy, decode: decodeNpy },
  json: {
    extension: '.json',
    encode: (value: Json) => new TextEncoder().encode(canonicalJson(value)),
    decode: parseJson,
  },
  tensors: { extension: '.safetensors', encode: encodeSafetensors, decode: decodeSafetensors },
  file: { extension: '', encode: checkedBytes, decode: (bytes) => bytes },
};

/**
 * The bytes of an artifact. Equal values give equal bytes. Checks the value whatever its static type, since it comes
 * from a stage's code: throws an `ArtifactError` for a wrong class, a shape that does not fit its data, a sample that is
 * not finite, or what JSON cannot hold.
 */
export function encodeArtifact<T extends ArtifactType>(type: T, value: ArtifactValues[T]): Uint8Array {
  return codecs[type].encode(value);
}

/**
 * The value that an artifact's bytes hold. Arrays and samples are views of `bytes` where these are aligned, so `bytes`
 * belong to the value from then on. Throws an `ArtifactError` that says what is wrong with the bytes.
 */
export function decodeArtifact<T extends ArtifactType>(type: T, bytes: Uint8Array): ArtifactValues[T] {
  return codecs[type].decode(bytes);
}

/**
 * The canonical bytes of an artifact that a program wrote, checked as `encodeArtifact` does: libraries write times and
 * other chance into their files (soundfile's PEAK chunk), and equal values must have equal bytes.
 */
export function canonicalArtifact(type: ArtifactType, bytes: Uint8Array): Uint8Array {
  return encodeArtifact(type, decodeArtifact(type, bytes));
}

/** How the name of an artifact's file ends: `.wav`, `.npy`, `.json`, `.safetensors`, or nothing. */
export function artifactExtension(type: ArtifactType): string {
  return codecs[type].extension;
}

function checkedBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new ArtifactError(`is not the bytes of a file (Uint8Array), but ${describe(value)}`);
}
