import { randomStream } from '../../stage/random.ts';

/** A deterministic stream of random numbers: the same bits on every machine and Node version. */
export interface Random {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** Integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal, by the polar method. */
  normal(): number;
}

/** The generator of the stages, seeded by the names; each number of 53 bits takes two of its 32. */
export function randomOf(...names: readonly (string | number)[]): Random {
  const stream = randomStream(JSON.stringify(names));
  const word = () => stream.uniform() * 4294967296;
  const uniform = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
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
