/** `index` with its lowest `bits` bits in reverse order. */
export function reverseBits(index: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((index >>> bit) & 1) << (bits - 1 - bit);
  return reversed;
}

/**
 * Discrete Fourier transform, in place, of a complex signal in natural order; the result is in bit-reversed order.
 *
 * @param real real parts; the length is a power of two
 * @param imaginary imaginary parts, as many
 */
export function fourierTransform(real: Float64Array, imaginary: Float64Array): void {
  for (let half = real.length / 2; half >= 1; half /= 2) {
    for (let j = 0; j < half; j++) {
      const angle = (-Math.PI * j) / half;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let upper = j; upper < real.length; upper += 2 * half) butterfly(real, imaginary, upper, upper + half, c, s);
    }
  }
}

function butterfly(
  real: Float64Array,
  imaginary: Float64Array,
  upper: number,
  lower: number,
  c: number,
  s: number,
): void {
  const [ar, ai] = [real[upper] ?? 0, imaginary[upper] ?? 0];
  const [br, bi] = [real[lower] ?? 0, imaginary[lower] ?? 0];
  real[upper] = ar + br;
  imaginary[upper] = ai + bi;
  const [dr, di] = [ar - br, ai - bi];
  real[lower] = dr * c - di * s;
  imaginary[lower] = dr * s + di * c;
}

/**
 * Twiddle factors of radix-4 passes that join sub-transforms of length 1, 2, 4, ... up to `longest`, one table after the
 * other: for each j below the length the real and imaginary parts of w^j, w^2j, w^3j with w = exp(2 pi i / (4 length)).
 */
export function twiddleFactors(longest: number): Float32Array {
  const factors = new Float32Array(6 * (2 * longest - 1));
  let at = 0;
  for (let length = 1; length <= longest; length *= 2) {
    for (let j = 0; j < length; j++) {
      for (let power = 1; power <= 3; power++) {
        const angle = (Math.PI * power * j) / (2 * length);
        factors[at++] = Math.cos(angle);
        factors[at++] = Math.sin(angle);
      }
    }
  }
  return factors;
}
