import { describe, expect, test } from 'vitest';
import { audioLimits, clipOf } from '../../src/report/audio.ts';
import { drawTimelines } from '../../src/report/timelines.ts';
import type { Prediction } from '../../src/experiment/index.ts';

const bytesOf = (url: string) => Buffer.from(url.slice('data:audio/wav;base64,'.length), 'base64');

describe('a clip', () => {
  test('is a 16-bit WAV file at its own rate, 3 dB below full scale', () => {
    const { url, seconds, isCut, bytes } = clipOf({ sampleRate: 16000, samples: Float32Array.of(0, 2, -4, 1) });
    const wav = bytesOf(url);
    expect([seconds, isCut, bytes]).toEqual([4 / 16000, false, 52]);
    expect(wav.subarray(0, 4).toString() + wav.subarray(8, 16).toString()).toBe('RIFFWAVEfmt ');
    expect([wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)]).toEqual([
      1, 1, 16000, 16,
    ]);
    const samples = [0, 1, 2, 3].map((index) => wav.readInt16LE(44 + 2 * index));
    expect(samples).toEqual([0, Math.round(32767 * 0.35), Math.round(-32767 * 0.7), Math.round(32767 * 0.175)]);
  });

  test('has only the beginning of a long sound', () => {
    const long = { sampleRate: 100, samples: new Float32Array(100 * (audioLimits.clipSeconds + 1)) };
    expect(clipOf(long)).toMatchObject({ isCut: true, seconds: audioLimits.clipSeconds });
  });
});

test('a page does not hold more sound than its limit, and the rest is counted', async () => {
  const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const predictions = classes.map((label, index): Prediction => {
    return {
      unit: `u${index}`,
      cluster: 's',
      label,
      predicted: label,
      posteriors: classes.map((name) => (name === label ? 0.9 : 0.01)),
    };
  });
  // 1.4 MB each.
  const audio = { sampleRate: 48000, samples: new Float32Array(48000 * 15) };
  const views = { of: () => [{ kind: 'audio', title: 'Sound', audio } as const], faults: new Set<string>() };
  const { timelines, silent } = await drawTimelines({ stage: 's', point: {}, classes, predictions }, views);
  expect(timelines.length).toBe(8);
  expect(timelines.filter((timeline) => timeline.audio !== undefined).length).toBe(4);
  expect(silent).toBe(4);
});
