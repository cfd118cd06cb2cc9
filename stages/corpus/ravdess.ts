import { defineSource, Type } from '../../src/stage/index.ts';
import {
  corpusParameters,
  listCorpus,
  type PublishedCorpus,
  type PublishedUtterance,
} from './shared/published-corpus.ts';

/** By the third field of a name. Neutral speech has no strong intensity. */
const emotions: Readonly<Record<string, string>> = {
  '01': 'neutral',
  '02': 'calm',
  '03': 'happiness',
  '04': 'sadness',
  '05': 'anger',
  '06': 'fear',
  '07': 'disgust',
  '08': 'surprise',
};

const speakers = Array.from({ length: 24 }, (_, index) => twoDigits(index + 1));

/**
 * Ryerson Audio-Visual Database of Emotional Speech and Song, its speech: 1440 utterances by 24 actors, 48 kHz.
 *
 * Layouts: `Actor_01/03-01-05-01-01-01-01.wav`, the same in `Audio_Speech_Actors_01-24/`, or all files in one folder;
 * each may be WAV or FLAC. Songs (vocal channel 02) are passed over. Columns: `speaker` (`01`), `label`, `sentence` (`01`,
 * "Kids are talking by the door", or `02`, "Dogs are sitting by the door"), `intensity`, `repetition`, `gender`.
 * `03-01-03-01-02-01-07` and `03-01-03-01-02-02-07` are byte-identical as published.
 * Source: Livingstone and Russo, PLoS ONE 13(5), 2018, doi 10.1371/journal.pone.0196391.
 */
export default defineSource({
  name: 'corpus/ravdess',
  kind: 'source',
  description: 'Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), its speech',
  params: Type.Object({
    ...corpusParameters(Object.values(emotions), speakers),
    gender: Type.Union([Type.Literal('all'), Type.Literal('male'), Type.Literal('female')], {
      default: 'all',
      description: 'The actors to read: odd numbers are men, even ones women.',
    }),
  }),
  outputs: { audio: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label', groups: ['sentence'] },
  list: ({ gender, ...selection }) =>
    listCorpus(ravdess(), selection, (utterance) => gender === 'all' || utterance.gender === gender),
});

function ravdess(): PublishedCorpus {
  return {
    title: 'RAVDESS',
    utterances: speakers.flatMap(utterancesOf),
    layout: '`Actor_01/03-01-05-01-01-01-01.wav` (or .flac), or all files in one folder',
    enters: (folder) => /^(Audio_Speech_Actors_01-24(\/|$))?(Actor_\d\d)?$/.test(folder),
    identify: ({ folder, name }) => {
      const actor = /Actor_(\d\d)$/.exec(folder)?.[1];
      return actor === undefined || name.endsWith(`-${actor}`) ? name : `${name} in another actor's folder`;
    },
    passesOver: ({ name }) => /^03-02(-\d\d){5}$/.test(name),
  };
}

/** A name is modality, vocal channel, emotion, intensity, statement, repetition, actor. */
function utterancesOf(actor: string): PublishedUtterance[] {
  const gender = Number(actor) % 2 === 1 ? 'male' : 'female';
  return Object.entries(emotions).flatMap(([emotion, label]) =>
    (emotion === '01' ? ['01'] : ['01', '02']).flatMap((intensity) =>
      ['01', '02'].flatMap((sentence) =>
        ['01', '02'].map((repetition) => ({
          id: `03-01-${emotion}-${intensity}-${sentence}-${repetition}-${actor}`,
          speaker: actor,
          label,
          sentence,
          intensity: intensity === '01' ? 'normal' : 'strong',
          repetition,
          gender,
        })),
      ),
    ),
  );
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
