import { createHash } from 'node:crypto';

/** A deterministic stream of random numbers: the same bits on every machine and Node version. */
export interface Random {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** Integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal, by the polar method. */
  normal(): number;
}

/** xoshiro128** (Blackman and Vigna, 2018), seeded by the SHA-256 of the names. */
export function randomOf(...names: readonly (string | number)[]): Random {
  const digest = createHash('sha256').update(JSON.stringify(names)).digest();
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
  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  const normal = () => {
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  };
  return { uniform, integer: (bound) => Math.floor(uniform() * bound), normal };
}
