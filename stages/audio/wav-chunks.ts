import { DataError } from '../../src/stage/index.ts';
import { readWavFormat, type WavFormat } from './wav-format.ts';

/** Where a WAV file keeps its sound. Sizes and positions in bytes. */
export interface WavData {
  readonly start: number;
  /** As the file states it. */
  readonly size: number;
  /** From `start` to the end of the file. */
  readonly available: number;
  /** Where the file should end by its own header; undefined when that was left open. */
  readonly riffEnd: number | undefined;
}

/**
 * Finds the format and the sound of a WAV file. Other chunks may stand before and after; they are skipped, as is the byte
 * that pads an odd-sized chunk. What follows the sound is not read.
 *
 * Throws `DataError`: `wav-truncated`, `wav-malformed`, and what `readWavFormat` throws.
 */
export function readWavChunks(view: DataView): { readonly format: WavFormat; readonly data: WavData } {
  let format: WavFormat | undefined;
  let longDataSize: number | undefined;
  for (const chunk of chunksUntilData(view)) {
    if (chunk.id === 'data') {
      if (!format) throw malformed("its 'data' chunk comes before any 'fmt ' chunk");
      const size = chunk.size === 0xffffffff ? (longDataSize ?? chunk.size) : chunk.size;
      const available = view.byteLength - chunk.start;
      return { format, data: { start: chunk.start, size, available, riffEnd: riffEnd(view) } };
    }
    const body = new DataView(view.buffer, view.byteOffset + chunk.start, chunk.size);
    if (chunk.id === 'fmt ') format = readWavFormat(body);
    if (chunk.id === 'ds64') longDataSize = readLongDataSize(body);
  }
  throw new DataError('wav-truncated', "the file ends before its 'data' chunk: it holds no sound", {
    advice: 'Get the file again from its source.',
  });
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  readonly size: number;
}

/** Every chunk up to the sound lies within the file; the last one, `data`, may not. */
function* chunksUntilData(view: DataView): Generator<Chunk> {
  let position = 12;
  while (position + 8 <= view.byteLength) {
    const id = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + position, 4));
    const size = view.getUint32(position + 4, true);
    const start = position + 8;
    if (id !== 'data' && start + size > view.byteLength) {
      const message = `its chunk ${JSON.stringify(id)} is said to take ${size} bytes, of which the file holds ${view.byteLength - start}`;
      throw new DataError('wav-truncated', message, { advice: 'Get the file again from its source.' });
    }
    yield { id, start, size };
    position = start + size + (size % 2);
  }
}

function riffEnd(view: DataView): number | undefined {
  const size = view.getUint32(4, true);
  return size === 0 || size === 0xffffffff ? undefined : size + 8;
}

/** RF64 and BW64 (EBU Tech 3306) keep the size of large data in a chunk of its own, after that of the file. */
function readLongDataSize(body: DataView): number {
  if (body.byteLength < 16) throw malformed("its 'ds64' chunk is too short");
  return Number(body.getBigUint64(8, true));
}

function malformed(what: string): DataError {
  return new DataError('wav-malformed', `the WAV file is damaged: ${what}`, {
    advice: 'Get the file again from its source, or write it again with a sound editor or FFmpeg.',
  });
}
