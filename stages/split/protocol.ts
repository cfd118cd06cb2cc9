import { memberId, partNames, type Fold } from './fold.ts';
import type { AllowedLeak, Leak, LeakName } from './leaks.ts';
import { distinct, type Utterance } from './utterance.ts';

/** How the folds were made and what they share, for the reports: the artifact `protocol`. */
export type Protocol = {
  readonly protocol: 'leave-one-speaker-out' | 'k-fold' | 'random';
  /** As measured: independent when no fold tests a speaker that it was trained on. */
  readonly speakers: 'independent' | 'dependent';
  readonly unit: 'utterance' | 'segment';
  /** How the development part was taken. */
  readonly development: string;
  readonly apart: readonly LeakName[];
  readonly allowed: readonly AllowedLeak[];
  readonly leaks: readonly (Omit<Leak, 'shared'> & { readonly shared: number; readonly examples: readonly string[] })[];
  readonly utterances: number;
  /** Utterances of each class, over all and by speaker. */
  readonly counts: Counts & { readonly speakers: Readonly<Record<string, Counts['classes']>> };
  readonly folds: readonly FoldSummary[];
};

export type Counts = { readonly classes: Readonly<Record<string, number>> };
export type FoldSummary = {
  readonly name: string;
  readonly parts: Readonly<
    Record<string, Counts & { readonly speakers: readonly string[]; readonly utterances: number }>
  >;
};

/** The facts of a split that the reports show, counted over what it made. */
export function describeProtocol(
  how: Pick<Protocol, 'protocol' | 'unit' | 'development' | 'apart' | 'allowed'>,
  folds: readonly Fold[],
  utterances: readonly Utterance[],
  leaks: readonly Leak[],
): Protocol {
  const speakers = distinct(utterances.map(({ speaker }) => speaker));
  return {
    ...how,
    speakers: leaks.some(({ leak, shared }) => leak === 'speaker' && shared.length > 0) ? 'dependent' : 'independent',
    leaks: leaks.map(({ leak, folds: names, shared }) => ({
      leak,
      folds: names,
      shared: shared.length,
      examples: shared.slice(0, 5),
    })),
    utterances: utterances.length,
    counts: {
      classes: countClasses(utterances),
      speakers: Object.fromEntries(
        speakers.map((name) => [name, countClasses(utterances.filter(({ speaker }) => speaker === name))]),
      ),
    },
    folds: folds.map((fold) => summariseFold(fold, utterances)),
  };
}

function summariseFold(fold: Fold, utterances: readonly Utterance[]): FoldSummary {
  return {
    name: fold.name,
    parts: Object.fromEntries(
      partNames.map((part) => {
        const ids = new Set(fold.parts[part].map(memberId));
        const members = utterances.filter(({ id }) => ids.has(id));
        const speakers = distinct(members.map(({ speaker }) => speaker));
        return [part, { classes: countClasses(members), speakers, utterances: members.length }];
      }),
    ),
  };
}

function countClasses(utterances: readonly Utterance[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { label } of utterances) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Object.fromEntries([...counts].sort());
}
