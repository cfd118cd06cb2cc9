import { DataError, type RandomStream } from '../../src/stage/index.ts';

/**
 * Draws a share of the members at random: `round(fraction * n)`, but at least one.
 * Both halves keep the order of `members`.
 *
 * @throws DataError when one half would be empty
 */
export function holdOut<T>(
  members: readonly T[],
  fraction: number,
  random: RandomStream,
  purpose: string,
): { readonly kept: T[]; readonly held: T[] } {
  const size = Math.max(1, Math.round(fraction * members.length));
  if (size >= members.length) {
    throw new DataError(
      'too-few-utterances',
      `${members.length} ${members.length === 1 ? 'member is' : 'members are'} too few to hold ${fraction} of them out as ${purpose} data.`,
      { advice: 'Add data, or make the fraction smaller.' },
    );
  }
  const chosen = new Set(random.shuffled(members.map((_, index) => index)).slice(0, size));
  return {
    kept: members.filter((_, index) => !chosen.has(index)),
    held: members.filter((_, index) => chosen.has(index)),
  };
}
