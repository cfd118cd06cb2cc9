import { defineSource, Type } from '../../src/stage/index.ts';
import { emodbNames } from './emodb/names.ts';
import {
  corpusParameters,
  listCorpus,
  type PublishedCorpus,
  type PublishedUtterance,
} from './shared/published-corpus.ts';

const emotions: Readonly<Record<string, string>> = {
  W: 'anger',
  L: 'boredom',
  E: 'disgust',
  A: 'fear',
  F: 'happiness',
  N: 'neutral',
  T: 'sadness',
};

const genders: Readonly<Record<string, string>> = {
  '03': 'male',
  '08': 'female',
  '09': 'female',
  '10': 'male',
  '11': 'male',
  '12': 'male',
  '13': 'female',
  '14': 'female',
  '15': 'male',
  '16': 'female',
};

/**
 * The Berlin Emotional Speech Database: 535 utterances of 10 sentences by 10 speakers, 16 kHz.
 *
 * `root` is the folder of the files or the one that holds them as `wav/`; each may be WAV or FLAC. Columns: `speaker`
 * (`03`), `label`, `sentence` (`a01`), `version` (`a`), `gender`. Only the chosen classes need to be there.
 * Source: Burkhardt et al., "A database of German emotional speech", Interspeech 2005.
 */
export default defineSource({
  name: 'corpus/emodb',
  kind: 'source',
  description: 'The Berlin Emotional Speech Database (Emo-DB)',
  params: Type.Object(corpusParameters(Object.values(emotions).sort(), Object.keys(genders).sort())),
  outputs: { audio: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label', groups: ['sentence'] },
  list: (selection) => listCorpus(emodb(), selection),
});

function emodb(): PublishedCorpus {
  return {
    title: 'Emo-DB',
    utterances: emodbNames().map(describe),
    layout: 'the files themselves (`03a01Fa.wav`, or .flac), or the folder that holds them as `wav/`',
    enters: (folder) => folder === 'wav',
    identify: ({ name }) => name,
  };
}

/** A name is speaker (2), sentence (3), emotion (1), version (1). */
function describe(name: string): PublishedUtterance {
  const speaker = name.slice(0, 2);
  return {
    id: name,
    speaker,
    label: emotions[name.charAt(5)] ?? '',
    sentence: name.slice(2, 5),
    version: name.slice(6),
    gender: genders[speaker] ?? '',
  };
}
