import { readFileSync } from 'node:fs';
import fc from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { Json, NumericArray, Tensors } from '../../../src/stage/index.ts';
import { ArtifactError, decodeArtifact, encodeArtifact } from '../../../src/stage/codecs/index.ts';

/** Made by test/fixtures/codecs/make.py with NumPy, soundfile and safetensors. */
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/codecs/${name}`, import.meta.url)));

const arrays: Readonly<Record<string, NumericArray>> = {
  'float32-2x3': { shape: [2, 3], data: Float32Array.of(0.5, -1.25, 3e-30, 1 / 3, -0, 1e20) },
  'float64-3': { shape: [3], data: Float64Array.of(1 / 3, -2.5, 1e-300) },
  'int32-2x1x2': { shape: [2, 1, 2], data: Int32Array.of(1, -2, 2147483647, -2147483648) },
  'uint8-5': { shape: [5], data: Uint8Array.of(0, 1, 127, 128, 255) },
  'float64-scalar': { shape: [], data: Float64Array.of(2.5) },
  'float32-empty': { shape: [0, 4], data: new Float32Array(0) },
};

const mixed: Tensors = {
  tensors: Object.fromEntries(
    [
      ['classes', 'uint8-5'],
      ['weights', 'float32-2x3'],
      ['a', 'int32-2x1x2'],
      ['bias', 'float64-3'],
    ].map(([name = '', array = '']) => [name, arrays[array] ?? { shape: [0], data: new Uint8Array(0) }]),
  ),
  metadata: { network: '{"depth": 3}', classes: 'anger,sadness' },
};

const samples = Float32Array.from({ length: 17 }, (_, index) => index / 16 - 0.5);

/** A copy that starts at an address that no number may start at. */
function misaligned(bytes: Uint8Array): Uint8Array {
  const moved = new Uint8Array(bytes.length + 1).subarray(1);
  moved.set(bytes);
  return moved;
}

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });

describe('array', () => {
  test.each(Object.entries(arrays))('%s has the bytes that NumPy writes, and is read back from them', (name, array) => {
    const written = fixture(`${name}.npy`);
    expect(encodeArtifact('array', array)).toEqual(written);
    expect(decodeArtifact('array', written)).toEqual(array);
    expect(decodeArtifact('array', misaligned(written))).toEqual(array);
  });

  test('aligned data is a view of the bytes, not a copy', () => {
    const bytes = encodeArtifact('array', { shape: [2], data: Float32Array.of(1, 2) });
    expect(decodeArtifact('array', bytes).data.buffer).toBe(bytes.buffer);
  });

  test('a file of version 2 is read', () => {
    expect(decodeArtifact('array', fixture('float32-version2.npy'))).toEqual(arrays['float32-2x3']);
  });

  test.each([
    ['int64-2.npy', 'holds numbers of type <i8: save float32, float64, int32 or uint8'],
    ['float32-big-endian.npy', 'holds numbers of type >f4'],
    ['float32-fortran.npy', 'is in Fortran order'],
    ['float.wav', 'is not a .npy file'],
  ])('%s is refused with the cause', (name, cause) => {
    expect(() => decodeArtifact('array', fixture(name))).toThrow(cause);
  });

  test('a file that is cut off anywhere is refused', () => {
    const whole = fixture('float32-2x3.npy');
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeArtifact('array', whole.slice(0, length))).toThrow(ArtifactError);
    }
    expect(() => decodeArtifact('array', new Uint8Array([...whole, 0]))).toThrow(
      'has shape [2, 3], which takes 24 bytes, but 25 follow its header',
    );
  });

  test.each([
    [{ shape: [2, 3], data: new Float32Array(5) }, 'has shape [2, 3], which takes 6 numbers, but its data has 5'],
    [{ shape: [2.5], data: new Float32Array(2) }, 'not a list of whole numbers'],
    [{ shape: [2], data: [1, 2] }, 'its data must be a Float32Array'],
    [{ shape: [2], data: new Int16Array(2) }, 'of class Int16Array'],
    [undefined, 'is not an array of { shape, data }, but undefined'],
  ])('a value that is none is refused: %j', (value, cause) => {
    expect(() => encodeArtifact('array', value as never)).toThrow(cause);
  });
});

describe('waveform', () => {
  test('what soundfile writes is read, also with the extensible format', () => {
    for (const name of ['float.wav', 'extensible.wav']) {
      expect(decodeArtifact('waveform', fixture(name))).toEqual({ sampleRate: 16000, samples });
    }
  });

  test('the header is that of soundfile but for its PEAK chunk, which holds the time', () => {
    const theirs = fixture('float.wav');
    const ours = encodeArtifact('waveform', { sampleRate: 16000, samples });
    expect(ours.slice(8, 48)).toEqual(theirs.slice(8, 48));
    expect(ours.slice(48)).toEqual(theirs.slice(72));
  });

  test('samples come back bit by bit', () => {
    fc.assert(
      fc.property(fc.array(float32), fc.integer({ min: 1, max: 768000 }), (values, sampleRate) => {
        const waveform = { sampleRate, samples: Float32Array.from(values) };
        const bytes = encodeArtifact('waveform', waveform);
        expect(decodeArtifact('waveform', bytes)).toEqual(waveform);
        expect(decodeArtifact('waveform', misaligned(bytes))).toEqual(waveform);
      }),
    );
  });

  test('a chunk of odd length before the samples is stepped over', () => {
    const plain = encodeArtifact('waveform', { sampleRate: 8000, samples });
    const odd = Buffer.concat([
      plain.subarray(0, 48),
      Buffer.from('LIST\x03\0\0\0abc\0', 'latin1'),
      plain.subarray(48),
    ]);
    expect(decodeArtifact('waveform', odd)).toEqual({ sampleRate: 8000, samples });
  });

  test.each([
    ['pcm16.wav', '1 channel(s) of 16-bit samples of format 1'],
    ['stereo.wav', '2 channel(s) of 32-bit samples of format 3'],
    ['uint8-5.npy', 'is not a WAV file'],
  ])('%s is refused with the cause', (name, cause) => {
    expect(() => decodeArtifact('waveform', fixture(name))).toThrow(cause);
  });

  test('a file that is cut off anywhere is refused', () => {
    const whole = encodeArtifact('waveform', { sampleRate: 8000, samples });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeArtifact('waveform', whole.slice(0, length))).toThrow(ArtifactError);
    }
  });

  test.each([
    [{ sampleRate: 16000, samples: Float32Array.of(0, NaN) }, 'has a sample that is NaN, at 1 of 2'],
    [{ sampleRate: 16000, samples: Float32Array.of(-Infinity) }, 'has a sample that is -Infinity, at 0 of 1'],
    [{ sampleRate: 16000.5, samples }, 'sample rate 16000.5'],
    [{ sampleRate: 0, samples }, 'sample rate 0'],
    [{ sampleRate: 16000, samples: new Float64Array(2) }, 'are of class Float64Array'],
    ['text', 'is not a waveform'],
  ])('a value that is none is refused: %#', (value, cause) => {
    expect(() => encodeArtifact('waveform', value as never)).toThrow(cause);
  });
});

describe('json', () => {
  const text = (value: unknown) => Buffer.from(encodeArtifact('json', value as Json)).toString();

  test('keys are sorted at every level and nothing is between', () => {
    expect(text({ b: [1, { d: null, c: 'x' }], a: true, B: 0.1 })).toBe(
      '{"B":0.1,"a":true,"b":[1,{"c":"x","d":null}]}',
    );
  });

  test('-0 is written as 0, as RFC 8785 has it', () => {
    expect(text([-0, 1e21, 1e-7])).toBe('[0,1e+21,1e-7]');
  });

  test('every JSON value is read back, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        const bytes = encodeArtifact('json', plain);
        expect(decodeArtifact('json', bytes)).toEqual(plain);
        expect(encodeArtifact('json', decodeArtifact('json', bytes))).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [{ scores: [{ uar: NaN }] }, 'has NaN at scores[0].uar, which JSON cannot hold'],
    [{ a: { 'b c': Infinity } }, 'has Infinity at a["b c"]'],
    [{ a: undefined }, 'has a value at a that is undefined'],
    [[1, () => 1], 'has a value at [1] that is a function'],
    [{ when: new Date(0) }, 'has a value at when that is of class Date'],
    [{ data: Float32Array.of(1) }, 'has a value at data that is of class Float32Array'],
    [{ big: 1n }, 'that is a bigint'],
    [undefined, 'has a value at its top that is undefined'],
  ])('what JSON cannot hold is refused with its path: %#', (value, cause) => {
    expect(() => text(value)).toThrow(cause);
  });

  test('a value that contains itself is refused', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => text(loop)).toThrow('contains itself');
  });

  test('bytes that are not JSON in UTF-8 are refused', () => {
    expect(() => decodeArtifact('json', Uint8Array.of(0xff, 0xfe))).toThrow('its bytes are not UTF-8');
    expect(() => decodeArtifact('json', Buffer.from('{"uar": NaN}'))).toThrow('is not JSON: ');
    expect(() => decodeArtifact('json', Buffer.from(''))).toThrow('is not JSON: ');
  });
});

describe('tensors', () => {
  test('have the bytes that the reference implementation writes, and are read back from them', () => {
    const written = fixture('mixed.safetensors');
    expect(Buffer.from(encodeArtifact('tensors', mixed)).toString('latin1')).toBe(
      Buffer.from(written).toString('latin1'),
    );
    expect(decodeArtifact('tensors', written)).toEqual(mixed);
    expect(decodeArtifact('tensors', misaligned(written))).toEqual(mixed);
  });

  test('every tensor is a view of the bytes, since all are aligned', () => {
    const bytes = encodeArtifact('tensors', mixed);
    for (const { data } of Object.values(decodeArtifact('tensors', bytes).tensors))
      expect(data.buffer).toBe(bytes.buffer);
  });

  test('no tensors and no metadata are allowed', () => {
    const none: Tensors = { tensors: {}, metadata: {} };
    expect(decodeArtifact('tensors', encodeArtifact('tensors', none))).toEqual(none);
  });

  test('a file that is cut off anywhere is refused', () => {
    const whole = fixture('mixed.safetensors');
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeArtifact('tensors', whole.slice(0, length))).toThrow(ArtifactError);
    }
  });

  test('another type, a hole, an overlap and a wrong length are refused', () => {
    const file = (header: unknown, data: number): Uint8Array => {
      const text = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([length, text, Buffer.alloc(data)]);
    };
    const entry = (begin: number, end: number) => ({ dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] });
    expect(() => decodeArtifact('tensors', fixture('half.safetensors'))).toThrow("tensor 'half' is of type F16");
    expect(() => decodeArtifact('tensors', file({ a: entry(1, 3) }, 3))).toThrow('hole or an overlap');
    expect(() => decodeArtifact('tensors', file({ a: entry(0, 3), b: entry(2, 4) }, 4))).toThrow('hole or an overlap');
    expect(() => decodeArtifact('tensors', file({ a: entry(0, 3) }, 4))).toThrow(
      '4 bytes of data, but its tensors take 3',
    );
    expect(() => decodeArtifact('tensors', file({ a: { shape: [1] } }, 1))).toThrow("tensor 'a' has a header entry");
    expect(() => decodeArtifact('tensors', file([], 0))).toThrow('not a JSON object');
  });

  test.each([
    [{ tensors: { w: { shape: [2], data: new Float32Array(3) } }, metadata: {} }, "tensor 'w' has shape [2]"],
    [{ tensors: {}, metadata: { epoch: 3 } }, "metadata 'epoch' that is the number 3"],
    [{ tensors: { __metadata__: { shape: [0], data: new Uint8Array(0) } }, metadata: {} }, 'keeps for itself'],
    [{ tensors: {} }, 'is not tensors of { tensors, metadata }'],
  ])('a value that is none is refused: %#', (value, cause) => {
    expect(() => encodeArtifact('tensors', value as never)).toThrow(cause);
  });
});

test('a file is its bytes, and nothing else is a file', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(decodeArtifact('file', encodeArtifact('file', bytes))).toEqual(bytes);
  expect(() => encodeArtifact('file', 'text' as never)).toThrow(
    'is not the bytes of a file (Uint8Array), but a string',
  );
});
