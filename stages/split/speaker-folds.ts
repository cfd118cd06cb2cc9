import { DataError, type RandomStream } from '../../src/stage/index.ts';
import type { Fold } from './fold.ts';
import { holdOut } from './hold-out.ts';
import { distinct, type Utterance } from './utterance.ts';

export type Development = 'none' | 'speaker' | 'fraction';

export interface SpeakerFoldOptions {
  readonly development: Development;
  /** Share of the training utterances, with `development: fraction`. */
  readonly developmentFraction: number;
  /** A stream for each purpose. */
  readonly random: (name: string) => RandomStream;
}

/**
 * Leave one speaker out: a fold for each speaker, named after him, who is its test part.
 * The development speaker is the next one in order (the first after the last), so each speaker is it once.
 *
 * @throws DataError when there are too few speakers
 */
export function leaveOneSpeakerOut(utterances: readonly Utterance[], options: SpeakerFoldOptions): Fold[] {
  const speakers = distinct(utterances.map(({ speaker }) => speaker));
  requireSpeakers(speakers, speakers.length, options.development);
  return speakers.map((speaker, index) =>
    speakerFold(speaker, [speaker], follower(speakers, index), utterances, options),
  );
}

/**
 * k-fold by speaker: the speakers in random order are dealt to `k` test groups, whose sizes differ by one at most.
 * The development speaker of a fold is the first one of the next group.
 *
 * @throws DataError when there are too few speakers
 */
export function speakerFolds(utterances: readonly Utterance[], k: number, options: SpeakerFoldOptions): Fold[] {
  const speakers = distinct(utterances.map(({ speaker }) => speaker));
  requireSpeakers(speakers, k, options.development);
  const order = options.random('speakers').shuffled(speakers);
  const groups = Array.from({ length: k }, (_, group) => order.filter((_, place) => place % k === group));
  return groups.map((group, index) =>
    speakerFold(`fold-${index + 1}`, group, groups[(index + 1) % k]?.[0] ?? '', utterances, options),
  );
}

function follower(speakers: readonly string[], index: number): string {
  return speakers[(index + 1) % speakers.length] ?? '';
}

function speakerFold(
  name: string,
  testSpeakers: readonly string[],
  developmentSpeaker: string,
  utterances: readonly Utterance[],
  options: SpeakerFoldOptions,
): Fold {
  const test = utterances.filter(({ speaker }) => testSpeakers.includes(speaker));
  const others = utterances.filter(({ speaker }) => !testSpeakers.includes(speaker));
  const ids = (list: readonly Utterance[]) => list.map(({ id }) => id);
  if (options.development === 'none') return { name, parts: { train: ids(others), development: [], test: ids(test) } };
  if (options.development === 'speaker') {
    const development = others.filter(({ speaker }) => speaker === developmentSpeaker);
    const train = others.filter(({ speaker }) => speaker !== developmentSpeaker);
    return { name, parts: { train: ids(train), development: ids(development), test: ids(test) } };
  }
  const stream = options.random(`development/${name}`);
  const { kept, held } = holdOut(ids(others), options.developmentFraction, stream, 'development');
  return { name, parts: { train: kept, development: held, test: ids(test) } };
}

function requireSpeakers(speakers: readonly string[], groups: number, development: Development): void {
  const has = `The items have ${speakers.length === 1 ? `one speaker only (${speakers[0]})` : `${speakers.length} speakers`}`;
  if (speakers.length < 2) {
    throw new DataError('too-few-speakers', `${has}: nobody is left to train on when the speaker is tested.`, {
      advice: 'Add speakers, or use `protocol: random`, which tests on speakers that were trained on.',
    });
  }
  if (groups > speakers.length) {
    throw new DataError('too-few-speakers', `${has}, too few for k = ${groups} folds by speaker.`, {
      advice: `Set k to ${speakers.length} at most.`,
    });
  }
  const largestGroup = Math.ceil(speakers.length / groups);
  if (development === 'speaker' && speakers.length - largestGroup < 2) {
    throw new DataError(
      'too-few-speakers',
      `${has}: when ${largestGroup} of them are tested and one is the development speaker, nobody is left to train on.`,
      { advice: 'Set `development` to none or fraction, or use more folds or speakers.' },
    );
  }
}
