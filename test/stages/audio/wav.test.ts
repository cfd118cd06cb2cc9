import { readFileSync } from 'node:fs';
import fc from '../../support/fast-check.ts';
import { AudioSampleSink, BufferSource, Input, WAVE } from 'mediabunny';
import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../../stages/audio/decode-audio.ts';
import { decodeWav } from '../../../stages/audio/wav.ts';
import { dataErrorOf } from '../../support/data-error.ts';
import { joined, text, wavFile, type WavEncoding } from '../../support/wav.ts';

const sound = [0, 1, -1, 1000, -12345, 32767, -32768, 5];
const decoded = sound.map((sample) => sample / 32768);
const channel = (bytes: Uint8Array, index = 0) => [...(decodeWav(bytes).channels[index] ?? [])];

describe('sample kinds', () => {
  it.each<[WavEncoding, number[], number]>([
    ['u8', [-128, -1, 0, 1, 127], 128],
    ['s16', [-32768, -1, 0, 1, 32767], 32768],
    ['s24', [-8388608, -65537, -1, 0, 1, 255, 8388607], 8388608],
    ['s32', [-2147483648, -256, 0, 128, 2147483520], 2147483648],
    ['f32', [-1.5, -0.25, 0, 0.125, 1], 1],
    ['f64', [-1.5, -0.25, 0, 0.125, 1], 1],
  ])('scales %s by the power of two that is its full scale', (encoding, values, fullScale) => {
    const expected = values.map((value) => value / fullScale);
    expect(channel(wavFile([values], { encoding }))).toEqual(expected);
    expect(channel(wavFile([values], { encoding, extensible: true }))).toEqual(expected);
  });

  it.each([
    ['u8', 1 / 300],
    ['s16', 1],
    ['s24', 250],
    ['s32', 60000],
    ['f32', 1 / 40000],
    ['f64', 1 / 40000],
  ] as const)('reads %s as mediabunny does', async (encoding, scale) => {
    const wave = (seed: number) =>
      Array.from({ length: 3000 }, (_, index) => {
        const value = scale * ((((index + seed) * 7919) % 65537) - 32768);
        return encoding.startsWith('f') ? value : Math.trunc(value);
      });
    const bytes = wavFile([wave(1), wave(500)], { encoding, sampleRate: 44100 });
    const audio = decodeWav(bytes);
    expect(audio.sampleRate).toBe(44100);
    expect(audio.channels).toEqual(await byMediabunny(bytes));
  });

  it.each([
    ['a-law', 'aLaw'],
    ['mu-law', 'muLaw'],
  ] as const)('expands %s as libsndfile does', (encoding, name) => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const fixture = new URL('../../fixtures/audio/g711.json', import.meta.url);
    const tables = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, number[]>;
    expect(channel(wavFile([codes], { encoding })).map((value) => value * 32768)).toEqual(tables[name]);
  });

  it('scales samples of fewer valid bits by their container', () => {
    const bytes = wavFile([[16, -32768]], { extensible: true, format: (body) => body.setUint16(18, 12, true) });
    expect(channel(bytes)).toEqual([16 / 32768, -1]);
  });

  it('keeps floats beyond full scale', () => {
    expect(channel(wavFile([[3, -7]], { encoding: 'f32' }))).toEqual([3, -7]);
  });
});

describe('layout', () => {
  it('keeps the channels apart', () => {
    const bytes = wavFile(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ].map((values) => values.map((value) => value * 256)),
      {},
    );
    expect(decodeWav(bytes).channels.map((samples) => [...samples].map((value) => value * 128))).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it('passes over chunks of any size before and after the sound', () => {
    fc.assert(
      fc.property(fc.array(chunks, { maxLength: 4 }), fc.array(chunks, { maxLength: 3 }), (before, after) => {
        expect(channel(wavFile([sound], { before, after }))).toEqual(decoded);
      }),
    );
  });

  it('reads files whose bytes begin at an odd address', () => {
    const bytes = wavFile([[0.5, -0.5]], { encoding: 'f64', before: [{ id: 'PAD ', body: new Uint8Array(3) }] });
    expect(channel(joined([new Uint8Array(1), bytes]).subarray(1))).toEqual([0.5, -0.5]);
  });

  it('reads RF64, whose data size stands in a chunk of its own', () => {
    const ds64 = new DataView(new ArrayBuffer(28));
    ds64.setBigUint64(8, BigInt(sound.length * 2), true);
    const before = [{ id: 'ds64', body: new Uint8Array(ds64.buffer) }];
    const after = [{ id: 'LIST', body: new Uint8Array(8) }];
    const bytes = wavFile([sound], { before, after, stated: { riffSize: 0xffffffff, dataSize: 0xffffffff } });
    bytes.set(text('RF64'));
    expect(channel(bytes)).toEqual(decoded);
  });
});

describe('unknown length', () => {
  it.each([
    ['both sizes 0xFFFFFFFF', { riffSize: 0xffffffff, dataSize: 0xffffffff }],
    ['the data size alone 0xFFFFFFFF', { dataSize: 0xffffffff }],
    ['both sizes 0', { riffSize: 0, dataSize: 0 }],
    ['a header that was never completed', { riffSize: 36, dataSize: 0 }],
    ["SoX's 0x7FFFF000", { riffSize: 0x7ffff024, dataSize: 0x7ffff000 }],
  ])('reads a streamed file to its end: %s', (_, stated) => {
    expect(channel(wavFile([sound], { stated }))).toEqual(decoded);
  });

  it('refuses a streamed file that ends inside a sample', () => {
    const bytes = wavFile([sound], { stated: { riffSize: 0xffffffff, dataSize: 0xffffffff } });
    expect(dataErrorOf(() => decodeWav(bytes.subarray(0, -1))).code).toBe('wav-truncated');
  });

  it('takes no chunk that follows empty data for sound', () => {
    const after = [{ id: 'LIST', body: new Uint8Array(6) }];
    expect(channel(wavFile([[]], { after }))).toEqual([]);
  });

  it('refuses to guess where the header is at odds with itself', () => {
    const bytes = wavFile([sound], { stated: { riffSize: 48, dataSize: 0 } });
    expect(dataErrorOf(() => decodeWav(bytes)).code).toBe('wav-ambiguous-length');
  });
});

describe('damage', () => {
  it('is noticed wherever the file is cut before the end of its sound', () => {
    const bytes = wavFile([sound, sound], { before: [{ id: 'FLLR', body: new Uint8Array(5) }] });
    for (let length = 0; length < bytes.length; length++) {
      const { code, message } = dataErrorOf(() => decodeAudio(bytes.subarray(0, length)));
      expect(code, `${length} bytes: ${message}`).toMatch(
        length === 0 ? 'empty-file' : length < 4 ? 'unknown' : 'wav-truncated',
      );
    }
  });

  it('names the stated and the real size of truncated sound', () => {
    const { message } = dataErrorOf(() => decodeWav(wavFile([sound]).subarray(0, -6)));
    expect(message).toBe('the header states 16 bytes of sound, the file holds only 10 of them');
  });

  it.each<[string, string, (body: DataView) => void]>([
    ['no channels', '0 channels', (body) => body.setUint16(2, 0, true)],
    ['no sample rate', '0 Hz', (body) => body.setUint32(4, 0, true)],
    ['frames of another size', 'frames of 6 bytes', (body) => body.setUint16(12, 6, true)],
  ])('is noticed in the format: %s', (_, part, format) => {
    const { code, message } = dataErrorOf(() => decodeWav(wavFile([sound], { format })));
    expect(code).toBe('wav-malformed');
    expect(message).toContain(part);
  });

  it('is noticed when the sound is no whole number of frames', () => {
    const bytes = wavFile([sound, sound], { stated: { dataSize: 30 } });
    expect(dataErrorOf(() => decodeWav(bytes)).code).toBe('wav-malformed');
  });

  it('is noticed when the format is missing', () => {
    const bytes = wavFile([sound]);
    bytes.set(text('fmtX'), 12);
    expect(dataErrorOf(() => decodeWav(bytes)).message).toContain("before any 'fmt ' chunk");
  });
});

describe('what is not supported', () => {
  it.each<[string, (body: DataView) => void]>([
    ['IMA ADPCM (format 0x0011)', (body) => body.setUint16(0, 0x11, true)],
    ['MP3 (format 0x0055)', (body) => body.setUint16(0, 0x55, true)],
    ['format 0x1234', (body) => body.setUint16(0, 0x1234, true)],
    ['16-bit float samples', (body) => body.setUint16(0, 3, true)],
    [
      '64-bit integer samples',
      (body) => {
        body.setUint16(14, 64, true);
        body.setUint16(12, 8, true);
      },
    ],
  ])('is named: %s', (name, format) => {
    const { code, message, advice } = dataErrorOf(() => decodeWav(wavFile([sound], { format })));
    expect(code).toBe('wav-unsupported');
    expect(message).toContain(name);
    expect(advice).toContain('ffmpeg');
  });

  it('includes extensible formats with another GUID', () => {
    const bytes = wavFile([sound], { extensible: true, format: (body) => body.setUint8(39, 0) });
    expect(dataErrorOf(() => decodeWav(bytes)).code).toBe('wav-unsupported');
  });
});

const chunks = fc.record({
  id: fc.constantFrom('FLLR', 'LIST', 'bext', 'PAD ', '_PMX', 'JUNK', 'fact'),
  body: fc.uint8Array({ maxLength: 40 }),
});

async function byMediabunny(bytes: Uint8Array<ArrayBuffer>): Promise<Float32Array[]> {
  const input = new Input({ source: new BufferSource(bytes), formats: [WAVE] });
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error('mediabunny finds no sound');
  const channels: number[][] = Array.from({ length: await track.getNumberOfChannels() }, () => []);
  for await (const sample of new AudioSampleSink(track).samples()) {
    channels.forEach((values, planeIndex) => {
      const plane = new Float32Array(sample.numberOfFrames);
      sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
      values.push(...plane);
    });
    sample.close();
  }
  return channels.map((values) => Float32Array.from(values));
}
