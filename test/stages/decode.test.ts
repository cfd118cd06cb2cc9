import { describe, expect, it } from 'vitest';
import decode from '../../stages/decode.ts';
import type { DataError } from '../../src/stage/index.ts';
import { dataErrorOf } from '../support/data-error.ts';
import { flacFile } from '../support/flac.ts';
import { text, wavFile } from '../support/wav.ts';
import { parameters, stageContext } from './rig.ts';

const run = async (audio: Uint8Array, given: Record<string, unknown> = {}) =>
  (await decode.run({ audio }, parameters(decode, given), stageContext())).audio;
const failure = (audio: Uint8Array, given: Record<string, unknown> = {}): DataError =>
  dataErrorOf(() => decode.run({ audio }, parameters(decode, given), stageContext()));

const sound = Array.from({ length: 480 }, (_, index) => ((index * 7919) % 2001) - 1000);
const scaled = Float32Array.from(sound, (sample) => sample / 32768);

describe('result', () => {
  it('is the same for WAV and FLAC, told apart by content', async () => {
    expect(await run(wavFile([sound]))).toEqual({ sampleRate: 16000, samples: scaled });
    expect(await run(flacFile(sound))).toEqual({ sampleRate: 16000, samples: scaled });
  });

  it('is the mean of all channels', async () => {
    const channels = [sound, sound.map((sample) => -2 * sample), sound.map((sample) => 7 * sample)];
    expect((await run(wavFile(channels))).samples).toEqual(scaled.map((sample) => 2 * sample));
  });

  it.each([
    ['left', 1],
    ['right', -2],
  ])('is the %s channel alone where that is asked for', async (channels, factor) => {
    const bytes = wavFile([sound, sound.map((sample) => -2 * sample)]);
    expect((await run(bytes, { channels })).samples).toEqual(scaled.map((sample) => factor * sample));
  });

  it('has the sample rate asked for', async () => {
    const audio = await run(wavFile([sound], { sampleRate: 48000 }));
    expect([audio.sampleRate, audio.samples.length]).toEqual([16000, 160]);
    const raised = await run(wavFile([sound], { sampleRate: 8000 }), { upsample: true });
    expect([raised.sampleRate, raised.samples.length]).toEqual([16000, 960]);
  });
});

describe('files at fault', () => {
  it.each<[string, Uint8Array, string, string]>([
    ['empty', new Uint8Array(), 'empty-file', '0 bytes'],
    ['of a header alone', wavFile([[]]), 'no-samples', 'not one sample'],
    ['silent', wavFile([new Array(100).fill(0)]), 'silent-audio', 'all of its 100 samples are 0'],
    ['constant', wavFile([new Array(100).fill(-16384)]), 'silent-audio', 'are -0.5'],
    ['with NaN', wavFile([[0, NaN, 1]], { encoding: 'f32' }), 'non-finite-samples', 'sample 2 of 3 is NaN'],
    ['with infinity', wavFile([[0, 1, -Infinity]], { encoding: 'f64' }), 'non-finite-samples', 'is -Infinity'],
    ['beyond 32-bit floats', wavFile([[0, 1e300]], { encoding: 'f64' }), 'non-finite-samples', 'is Infinity'],
    ['of text', text('path,speaker,label\n'), 'unknown-audio-format', 'begins with the text "path,speaker,label\\n"'],
    ['of Git LFS', text('version https://git-lfs.github.com/spec/v1\n'), 'unknown-audio-format', 'git lfs pull'],
    ['of a web page', text('<!DOCTYPE html><html>'), 'unknown-audio-format', 'web page'],
    ['of Ogg', text('OggS\0\x02'), 'unknown-audio-format', 'Ogg'],
    ['of MP3', text('ID3\x03\0\0'), 'unknown-audio-format', 'MP3'],
    ['of RIFF, not WAVE', text('RIFF\x04\0\0\0AVI LIST'), 'unknown-audio-format', 'not of type WAVE'],
    ['of other bytes', Uint8Array.from([0, 1, 254, 255]), 'unknown-audio-format', 'begins with the bytes 00 01 fe ff'],
    ['cut in its header', wavFile([sound]).subarray(0, 30), 'wav-truncated', 'fmt '],
    ['of damaged FLAC', flacFile(sound).subarray(0, -3), 'flac-damaged', 'ends inside a frame'],
  ])('are refused by what is wrong with them: %s', (_, bytes, code, part) => {
    const error = failure(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toContain(part);
    expect(error.advice).toBeTruthy();
  });

  it('include two channels that cancel each other out', () => {
    expect(failure(wavFile([sound, sound.map((sample) => -sample)])).code).toBe('silent-audio');
  });

  it('include mono files of which the right channel is wanted', () => {
    expect(failure(wavFile([sound]), { channels: 'right' }).code).toBe('missing-channel');
  });

  it('include those of a lower sample rate, unless that is accepted', () => {
    const error = failure(wavFile([sound], { sampleRate: 8000 }));
    expect(error.code).toBe('sample-rate-too-low');
    expect(error.message).toContain('above 4000 Hz');
    expect(error.advice).toContain('upsample: true');
  });
});
