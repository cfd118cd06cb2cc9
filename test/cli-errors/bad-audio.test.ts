import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flacFile } from '../support/flac.ts';
import { createSpeechProject, speechFile, speechSamples, speechStages } from '../support/speech-project.ts';
import type { ToyProject, ToyRun } from '../support/toy-project.ts';
import { wavFile } from '../support/wav.ts';
import { expectClearError } from './clear-error.ts';

const speech = speechSamples();
const flac = flacFile(speech);
const corrupt = flac.map((byte, place) => (place === flac.length >> 1 ? byte ^ 4 : byte));
const withNaN = speech.map((value, place) => (place === 5000 ? Number.NaN : value / 32768));

/** The same sound in files of other kinds. */
const sound = {
  '24-bit.wav': wavFile([speech.map((value) => value * 256)], { encoding: 's24' }),
  'extensible.wav': wavFile([speech], { extensible: true }),
  'odd-chunk.wav': wavFile([speech], { before: [{ id: 'LIST', body: new Uint8Array(7) }] }),
  'unsized.wav': wavFile([speech], { stated: { riffSize: 0xffffffff, dataSize: 0xffffffff } }),
  'stereo.wav': wavFile([speech, speech]),
  'sound.flac': flac,
};
const otherSound = { '96-khz.wav': wavFile([speechSamples(120, 96000)], { sampleRate: 96000 }) };

/** Files that cannot be used, each with the stage that finds out, its code and what the message says. */
const bad: Readonly<Record<string, { content: Uint8Array | string; stage: string; code: string; says: string }>> = {
  'empty.wav': { content: '', stage: 'audio', code: 'empty-file', says: 'empty (0 bytes)' },
  'truncated.wav': {
    content: speechFile().slice(0, 9000),
    stage: 'audio',
    code: 'wav-truncated',
    says: 'states 25600 bytes of sound, the file holds only 8956',
  },
  'cut-header.wav': { content: speechFile().slice(0, 30), stage: 'audio', code: 'wav-truncated', says: 'fmt ' },
  'zero-length.wav': { content: wavFile([[]]), stage: 'audio', code: 'no-samples', says: 'not one sample of sound' },
  'silent.wav': {
    content: wavFile([speech.map(() => 0)]),
    stage: 'audio',
    code: 'silent-audio',
    says: 'silent: all of its 12800 samples are 0',
  },
  'nearly-silent.wav': {
    content: wavFile([speech.map((_, place) => place % 3)]),
    stage: 'voice',
    code: 'no-speech',
    says: 'nothing in these 0.80 s stands out as speech',
  },
  'nan.wav': {
    content: wavFile([withNaN], { encoding: 'f32' }),
    stage: 'audio',
    code: 'non-finite-samples',
    says: 'sample 5001 of 12800 is NaN',
  },
  '8-khz.wav': {
    content: wavFile([speechSamples(120, 8000)], { sampleRate: 8000 }),
    stage: 'audio',
    code: 'sample-rate-too-low',
    says: '8000 Hz, less than the 16000 Hz asked for',
  },
  'mp3.wav': {
    content: wavFile([speech], { format: (body) => body.setUint16(0, 0x55, true) }),
    stage: 'audio',
    code: 'wav-unsupported',
    says: 'MP3',
  },
  'corrupt.flac': { content: corrupt, stage: 'audio', code: 'flac-damaged', says: 'a check sum is wrong' },
  'cut.flac': { content: flac.slice(0, 8000), stage: 'audio', code: 'flac-damaged', says: 'ends inside a frame' },
  'text.wav': {
    content: 'this is no sound\n',
    stage: 'audio',
    code: 'unknown-audio-format',
    says: 'neither WAV nor FLAC',
  },
};

const good = { 'good.wav': speechFile(), ...sound, ...otherSound };

let project: ToyProject;
let plain: Awaited<ReturnType<ToyProject['pipe']>>;
let again: ToyRun;
let mended: ToyRun;

beforeAll(async () => {
  const contents = Object.fromEntries(Object.entries(bad).map(([name, { content }]) => [name, content]));
  project = createSpeechProject({ ...good, ...contents });
  plain = await project.pipe('run', 'pipeline.yaml');
  again = await project.run();
  Object.keys(bad).forEach((name, place) => project.write(`speech/${name}`, speechFile(130 + place)));
  mended = await project.run();
});
afterAll(() => project.remove());

describe('bad sound in a corpus', () => {
  it.each(Object.entries(bad))('%s is named with its cause', (name, { stage, code, says }) => {
    const [, message = ''] = plain.stdout.split(`error[${code}]: ${stage} ${name}: `);
    expect(message.split('error[')[0]).toContain(says);
    expect(message).toContain(`file: speech/${name}`);
  });

  it('is told in one run, all of it, as a fault of the data', () => {
    expectClearError(plain, 3);
    expect(plain.stdout.match(/error\[/g)).toHaveLength(Object.keys(bad).length);
  });

  it('costs nothing of what is good: it is cached, and only what is bad fails again', () => {
    expect(again.exitCode).toBe(3);
    expect(again.ran).toEqual([]);
    for (const name of Object.keys(good))
      for (const stage of speechStages) expect(again.outputs).toHaveProperty([`${stage} ${name}`]);
  });

  it('goes on when it is mended, with the tasks of those files alone', () => {
    expect(mended.exitCode).toBe(0);
    const names = new Set(mended.ran.map((task) => task.split(' ')[1] ?? ''));
    expect([...names].sort()).toEqual(Object.keys(bad).sort());
    expect(mended.ran).toHaveLength(speechStages.length * Object.keys(bad).length);
  });
});

describe('sound in unusual files', () => {
  it.each(Object.keys(sound))('%s gives the same samples as a plain one', (name) => {
    expect(again.outputs[`audio ${name}`]).toBe(again.outputs['audio good.wav']);
  });

  it.each(Object.keys(otherSound))('%s works to the end', (name) => {
    expect(again.outputs).toHaveProperty([`segments ${name}`]);
  });
});
