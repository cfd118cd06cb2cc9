import type { WavFormat } from './wav-format.ts';

type SampleReader = (view: DataView, position: number) => number;

/** How to read one sample of this format as a number of full scale 1. */
export function sampleReader(format: WavFormat): SampleReader {
  switch (format.kind) {
    case 'integer':
      return integerReader(format.sampleBytes);
    case 'float':
      return format.sampleBytes === 4
        ? (view, position) => view.getFloat32(position, true)
        : (view, position) => view.getFloat64(position, true);
    case 'a-law':
      return byTable(aLaw);
    case 'mu-law':
      return byTable(muLaw);
  }
}

function integerReader(bytes: number): SampleReader {
  switch (bytes) {
    case 1: // the only unsigned size
      return (view, position) => (view.getUint8(position) - 128) / 128;
    case 2:
      return (view, position) => view.getInt16(position, true) / 32768;
    case 3:
      return (view, position) => ((view.getInt8(position + 2) << 16) | view.getUint16(position, true)) / 8388608;
    default:
      return (view, position) => view.getInt32(position, true) / 2147483648;
  }
}

function byTable(expand: (code: number) => number): SampleReader {
  const table = Float32Array.from({ length: 256 }, (_, code) => expand(code) / 32768);
  return (view, position) => table[view.getUint8(position)] ?? 0;
}

/** ITU-T G.711 A-law to 16 bits. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return bits & 128 ? magnitude : -magnitude;
}

/** ITU-T G.711 mu-law to 16 bits. */
function muLaw(code: number): number {
  const bits = ~code & 255;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 128 ? 0 - magnitude : magnitude; // no negative zero
}
