import { fourierTransform } from './fourier.ts';

/** psi(t) = exp(-t^2 / (2 sigma^2)) exp(i omega0 t), t in units of the scale. */
export interface Morlet {
  readonly omega0: number;
  readonly sigma: number;
}

/** Where the envelope of the wavelet is cut, in units of sigma times the scale: exp(-5^2 / 2) is 4e-6. */
const cutoff = 5;

/**
 * Scales in samples whose centre frequencies omega0 fs / (2 pi a) run geometrically from the lowest to the highest.
 *
 * @param frequencies Hz; the lowest comes first, and so the longest scale
 */
export function geometricScales(
  count: number,
  frequencies: { readonly lowest: number; readonly highest: number },
  omega0: number,
  sampleRate: number,
): number[] {
  const start = Math.log(frequencies.lowest);
  const step = count > 1 ? (Math.log(frequencies.highest) - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => {
    const frequency = Math.exp(start + index * step);
    return (omega0 * sampleRate) / (2 * Math.PI * frequency);
  });
}

/** The shortest power of two, 16 or more, in which a frame's circular convolution with the wavelet does not wrap round. */
export function transformLength(frameLength: number, scale: number, sigma: number): number {
  const needed = frameLength + Math.min(frameLength - 1, cutoff * sigma * scale);
  let length = 16;
  while (length < needed) length *= 2;
  return length;
}

/**
 * The spectrum of psi(n / a) / sqrt(a), in bit-reversed order. It is real because psi(-t) is the conjugate of psi(t).
 * W(a, b) is the convolution of the frame with it: the inverse transform of the product of the spectra.
 *
 * @param scale a, in samples
 * @param length of the transform, from `transformLength`
 * @returns float64, not divided by the length
 */
export function morletSpectrum(morlet: Morlet, scale: number, frameLength: number, length: number): Float64Array {
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  const reach = Math.min(frameLength - 1, length - frameLength);
  for (let n = -reach; n <= reach; n++) {
    const t = n / scale;
    const amplitude = Math.exp(-(t * t) / (2 * morlet.sigma * morlet.sigma)) / Math.sqrt(scale);
    const index = n < 0 ? n + length : n;
    real[index] = amplitude * Math.cos(morlet.omega0 * t);
    imaginary[index] = amplitude * Math.sin(morlet.omega0 * t);
  }
  fourierTransform(real, imaginary);
  return real;
}
