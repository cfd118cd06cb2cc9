import { createHash } from 'node:crypto';

/** A deterministic stream of random numbers: the same bits on every machine and Node version. */
export interface RandomStream {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal, by the polar method. */
  normal(): number;
  /** A copy in random order (Fisher-Yates). */
  shuffled<T>(values: readonly T[]): T[];
  /** The state, to go on from a checkpoint. */
  state(): readonly number[];
  restore(state: readonly number[]): void;
}

/**
 * xoshiro128** (Blackman and Vigna, 2018) seeded by SHA-256 of `name`.
 * Logarithm and square root, which `normal` uses, give the same bits on all supported Node versions.
 */
export function randomStream(name: string): RandomStream {
  const digest = createHash('sha256').update(name).digest();
  let [a, b, c, d] = [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12)];
  const next = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const uniform = () => next() / 4294967296;
  const integer = (bound: number) => Math.floor(uniform() * bound);
  const normal = () => {
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  };
  return {
    uniform,
    integer,
    normal,
    shuffled(values) {
      const result = [...values];
      for (let last = result.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        const kept = result[last];
        const moved = result[other];
        if (kept === undefined || moved === undefined) continue;
        result[last] = moved;
        result[other] = kept;
      }
      return result;
    },
    state: () => [a, b, c, d],
    restore(state) {
      [a = 0, b = 0, c = 0, d = 0] = state;
    },
  };
}
