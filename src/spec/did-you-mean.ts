import { levenshteinPackage } from './lazy-packages.ts';

/** Among more names than a person gives, each misspelt one would take its time. */
const mostCandidates = 1000;

/** The candidate that the user may have meant, if one is near enough. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const names = [...candidates];
  if (names.length > mostCandidates) return undefined;
  const { distance } = levenshteinPackage();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of names) {
    const between = distance(word.toLowerCase(), candidate.toLowerCase());
    if (between < bestDistance) [best, bestDistance] = [candidate, between];
  }
  const tolerated = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return bestDistance <= tolerated ? best : undefined;
}

/** Advice for a name that does not exist: the nearest one, or what there is. */
export function didYouMean(word: string, candidates: Iterable<string>, kind: string): string {
  const known = [...candidates];
  const meant = nearest(word, known);
  if (meant !== undefined) return `Did you mean \`${meant}\`?`;
  if (known.length === 0) return `There are no ${kind} here.`;
  return `${kind[0]?.toUpperCase()}${kind.slice(1)}: ${enumerate(known.map((name) => `\`${name}\``))}.`;
}

/** Shows at most twelve of a list, and how many there are besides. */
export function enumerate(words: readonly string[]): string {
  const shown = words.slice(0, 12);
  const rest = words.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
