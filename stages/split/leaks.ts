import { DataError } from '../../src/stage/index.ts';
import { memberId, type Fold } from './fold.ts';
import { distinct, type Utterance } from './utterance.ts';

/** What the test part of a fold may share with what the model has seen (training and development parts). */
export const leakNames = ['speaker', 'sentence', 'utterance'] as const;
export type LeakName = (typeof leakNames)[number];

export type AllowedLeak = {
  readonly leak: LeakName;
  readonly reason: string;
};

/** What was found shared in the folds, by measuring them, not by knowing how they were made. */
export type Leak = {
  readonly leak: LeakName;
  /** Names of the folds where it was found. */
  readonly folds: readonly string[];
  /** The speakers, sentences or utterances that are on both sides of some fold. */
  readonly shared: readonly string[];
};

/** Measures the speakers, sentences and utterances that each fold's test part shares with its other parts. */
export function measureLeaks(folds: readonly Fold[], utterances: readonly Utterance[]): Leak[] {
  const known = new Map(utterances.map((utterance) => [utterance.id, utterance]));
  return leakNames.map((leak) => {
    const valuesOf = (members: Fold['parts']['test']) =>
      new Set(members.flatMap((member) => factOf(known.get(memberId(member)), leak) ?? []));
    const found = folds.map(({ name, parts }) => {
      const seen = valuesOf([...parts.train, ...parts.development]);
      return { name, shared: [...valuesOf(parts.test)].filter((value) => seen.has(value)) };
    });
    return {
      leak,
      folds: found.filter(({ shared }) => shared.length > 0).map(({ name }) => name),
      shared: distinct(found.flatMap(({ shared }) => shared)),
    };
  });
}

/**
 * The leak guard: refuses folds that share what must be apart, unless the leak is allowed with a reason.
 *
 * @throws DataError naming what is shared and in which folds
 */
export function requireApart(
  leaks: readonly Leak[],
  apart: readonly LeakName[],
  allowed: readonly AllowedLeak[],
): void {
  for (const { leak, reason } of allowed) {
    if (reason.trim() !== '') continue;
    throw new DataError('leak-without-reason', `The ${leak} leak is allowed without a reason.`, {
      advice: 'Say in `allow` why; the reason is printed with every result.',
    });
  }
  for (const { leak, folds, shared } of leaks) {
    if (shared.length === 0 || !apart.includes(leak) || allowed.some((one) => one.leak === leak)) continue;
    throw new DataError(
      'leak',
      `${shared.length} ${leak}${shared.length === 1 ? ' is' : 's are'} on both sides of fold ${some(folds)}: ${some(shared)}. ` +
        `The test part must share no ${leak} with what is trained on.`,
      {
        advice:
          `Split by another unit, or, if it is meant, say so: \`allow: [{ leak: ${leak}, reason: "…" }]\`. ` +
          `The reason is then printed with every result.`,
      },
    );
  }
}

function factOf(utterance: Utterance | undefined, leak: LeakName): string | undefined {
  return leak === 'utterance' ? utterance?.id : utterance?.[leak];
}

function some(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
