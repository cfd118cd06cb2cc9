import { readFileSync } from 'node:fs';
import fc from '../../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/stage/index.ts';
import { decodeFlac } from '../../../stages/audio/flac/decode-flac.ts';
import { decodeWav } from '../../../stages/audio/wav.ts';
import { dataErrorOf } from '../../support/data-error.ts';
import { flacFile, flacFrames, flacHeader } from '../../support/flac.ts';
import { joined } from '../../support/wav.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/audio/${name}`, import.meta.url)));
const sound = Array.from({ length: 3500 }, (_, index) => ((index * 7919) % 65536) - 32768);
const decoded = Float32Array.from(sound, (sample) => sample / 32768);

describe('sound', () => {
  it.each(['8-bit-1', '16-bit-1', '16-bit-2', '16-bit-3', '24-bit-2'])(
    'is bit for bit that of the WAV file which libsndfile wrote beside it: %s',
    (name) => {
      expect(decodeFlac(fixture(`${name}.flac`))).toEqual(decodeWav(fixture(`${name}.wav`)));
    },
  );

  it('is k / 32768 for 16 bits', () => {
    expect(decodeFlac(flacFile(sound, { sampleRate: 44100 }))).toEqual({ sampleRate: 44100, channels: [decoded] });
  });

  it.each([
    ['frames numbered by sample', { countsSamples: true }],
    ['no length stated', { statesLength: false }],
    ['no MD5 stated', { statesMd5: false }],
    ['a last block of one sample', { blockSize: 3499 }],
  ])('is read whole with %s', (_, options) => {
    expect(decodeFlac(flacFile(sound, options)).channels).toEqual([decoded]);
  });

  it('ends where the file says, whatever tags follow', () => {
    expect(decodeFlac(joined([flacFile(sound), new Uint8Array(128)])).channels).toEqual([decoded]);
  });
});

describe('damage', () => {
  it('is an error wherever the file is cut', () => {
    const bytes = fixture('8-bit-1.flac');
    fc.assert(
      fc.property(fc.integer({ min: 4, max: bytes.length - 1 }), (length) => {
        expect(dataErrorOf(() => decodeFlac(bytes.subarray(0, length))).code).toMatch(/^flac-(malformed|damaged)$/);
      }),
      { numRuns: 50 },
    );
  });

  it('never changes the sound in silence, whatever bit is flipped', () => {
    const whole = fixture('8-bit-1.flac');
    const expected = decodeFlac(whole);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 * whole.length - 1 }), (bit) => {
        const bytes = whole.slice();
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        try {
          expect(decodeFlac(bytes)).toEqual(expected);
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          expect(error.code).toMatch(/^flac-/);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is noticed when a frame is missing, even without length and check sum of the whole', () => {
    const [first, , ...rest] = flacFrames(sound);
    if (!first) throw new Error('no frames');
    const bytes = joined([flacHeader(sound, { statesMd5: false }), first, ...rest]);
    expect(dataErrorOf(() => decodeFlac(bytes)).message).toContain('a frame is missing, after sample 1000');
  });

  it('is noticed when the last frame is missing, and says how much there is', () => {
    const bytes = joined([flacHeader(sound), ...flacFrames(sound).slice(0, -1)]);
    expect(dataErrorOf(() => decodeFlac(bytes)).message).toContain('it ends after 3000 of 3500 samples');
  });

  it('is noticed by the MD5 where every frame is sound in itself', () => {
    const other = sound.map((sample, index) => (index === 1700 ? sample ^ 1 : sample));
    const bytes = joined([flacHeader(sound), ...flacFrames(other)]);
    expect(dataErrorOf(() => decodeFlac(bytes)).message).toContain('MD5');
  });

  it('is noticed in a sample rate that the frames contradict', () => {
    const bytes = fixture('16-bit-1.flac');
    new DataView(bytes.buffer).setUint16(18, 44100 >> 4);
    expect(dataErrorOf(() => decodeFlac(bytes)).message).toContain('sample rate');
  });
});

it('refuses a file that states neither length nor MD5, whose missing end would pass unnoticed', () => {
  const bytes = flacFile(sound, { statesLength: false, statesMd5: false });
  expect(dataErrorOf(() => decodeFlac(bytes)).code).toBe('flac-unverifiable');
});
