/** What an artifact is, and so how its value is written to a file and read back. */
export type ArtifactType = 'waveform' | 'array' | 'json' | 'tensors' | 'file';

/** One channel of sound. Stored as a 32-bit float WAV file. */
export interface Waveform {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Nominal range -1 to 1, not clipped. */
  readonly samples: Float32Array;
}

/** A dense row-major array. Stored as a NumPy .npy file (version 1.0, little endian, C order). */
export interface NumericArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** Named arrays and text metadata. Stored as a safetensors file. */
export interface Tensors {
  readonly tensors: Readonly<Record<string, NumericArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface ArtifactValues {
  waveform: Waveform;
  array: NumericArray;
  json: Json;
  tensors: Tensors;
  /** Raw bytes, such as an audio file of a corpus or what a command wrote. */
  file: Uint8Array;
}

export type ArtifactValue<T extends ArtifactType = ArtifactType> = ArtifactValues[T];
