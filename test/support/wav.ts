export type WavEncoding = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'a-law' | 'mu-law';

export interface WavChunk {
  readonly id: string;
  readonly body: Uint8Array;
}

export interface WavOptions {
  readonly sampleRate?: number;
  readonly encoding?: WavEncoding;
  readonly extensible?: boolean;
  /** Chunks between the format and the sound. */
  readonly before?: readonly WavChunk[];
  readonly after?: readonly WavChunk[];
  /** What the header states instead of the truth. */
  readonly stated?: { readonly riffSize?: number; readonly dataSize?: number };
  /** Changes the body of the `fmt ` chunk. */
  readonly format?: (body: DataView) => void;
}

const encodings: Readonly<
  Record<WavEncoding, { tag: number; bytes: number; write: (view: DataView, at: number, value: number) => void }>
> = {
  u8: { tag: 1, bytes: 1, write: (view, at, value) => view.setUint8(at, value + 128) },
  s16: { tag: 1, bytes: 2, write: (view, at, value) => view.setInt16(at, value, true) },
  s24: {
    tag: 1,
    bytes: 3,
    write(view, at, value) {
      view.setUint16(at, value & 0xffff, true);
      view.setInt8(at + 2, value >> 16);
    },
  },
  s32: { tag: 1, bytes: 4, write: (view, at, value) => view.setInt32(at, value, true) },
  f32: { tag: 3, bytes: 4, write: (view, at, value) => view.setFloat32(at, value, true) },
  f64: { tag: 3, bytes: 8, write: (view, at, value) => view.setFloat64(at, value, true) },
  'a-law': { tag: 6, bytes: 1, write: (view, at, value) => view.setUint8(at, value) },
  'mu-law': { tag: 7, bytes: 1, write: (view, at, value) => view.setUint8(at, value) },
};

/** A WAV file of these channels; values as the encoding stores them (integers, floats or G.711 codes). */
export function wavFile(channels: readonly (readonly number[])[], options: WavOptions = {}): Uint8Array<ArrayBuffer> {
  const { before = [], after = [], stated = {} } = options;
  const chunks = [
    chunk({ id: 'fmt ', body: formatBody(channels.length, options) }),
    ...before.map((other) => chunk(other)),
    chunk({ id: 'data', body: soundBody(channels, options.encoding ?? 's16') }, stated.dataSize),
    ...after.map((other) => chunk(other)),
  ];
  const body = joined([text('WAVE'), ...chunks]);
  return chunk({ id: 'RIFF', body }, stated.riffSize);
}

/** A chunk, padded to an even length. */
export function chunk({ id, body }: WavChunk, statedSize = body.length): Uint8Array<ArrayBuffer> {
  const size = new DataView(new ArrayBuffer(4));
  size.setUint32(0, statedSize, true);
  return joined([text(id), new Uint8Array(size.buffer), body, new Uint8Array(body.length % 2)]);
}

export function text(characters: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    result.set(part, position);
    position += part.length;
  }
  return result;
}

function formatBody(channels: number, options: WavOptions): Uint8Array {
  const { sampleRate = 16000, encoding = 's16', extensible = false } = options;
  const { tag, bytes } = encodings[encoding];
  const view = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  view.setUint16(0, extensible ? 0xfffe : tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, sampleRate, true);
  view.setUint32(8, sampleRate * channels * bytes, true);
  view.setUint16(12, channels * bytes, true);
  view.setUint16(14, 8 * bytes, true);
  if (extensible) {
    view.setUint16(16, 22, true);
    view.setUint16(18, 8 * bytes, true);
    view.setUint16(24, tag, true);
    new Uint8Array(view.buffer).set([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71], 26);
  }
  options.format?.(view);
  return new Uint8Array(view.buffer);
}

function soundBody(channels: readonly (readonly number[])[], encoding: WavEncoding): Uint8Array {
  const { bytes, write } = encodings[encoding];
  const frames = channels[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(frames * channels.length * bytes));
  channels.forEach((samples, channel) => {
    samples.forEach((sample, frame) => {
      write(view, (frame * channels.length + channel) * bytes, sample);
    });
  });
  return new Uint8Array(view.buffer);
}
