import { defineSource, Type } from '../../src/stage/index.ts';
import {
  corpusParameters,
  listCorpus,
  type PublishedCorpus,
  type PublishedUtterance,
} from './shared/published-corpus.ts';

const speakers = ['DC', 'JE', 'JK', 'KL'];

const emotions: Readonly<Record<string, { readonly label: string; readonly count: number }>> = {
  a: { label: 'anger', count: 15 },
  d: { label: 'disgust', count: 15 },
  f: { label: 'fear', count: 15 },
  h: { label: 'happiness', count: 15 },
  n: { label: 'neutral', count: 30 },
  sa: { label: 'sadness', count: 15 },
  su: { label: 'surprise', count: 15 },
};

/**
 * Surrey Audio-Visual Expressed Emotion, its audio: 480 utterances by 4 men, 44.1 kHz.
 *
 * Layouts: `AudioData/DC/a01.wav`, `DC/a01.wav`, or flat `DC_a01.wav`; each file may be WAV or FLAC. Columns: `speaker`
 * (`DC`), `label`, `sentence` (`a01`), `gender`. A sentence has the same text for every speaker and, three of each
 * emotion apart, belongs to one emotion: names do not tell which three, so a sentence gives its label away.
 * Source: Haq and Jackson, "Multimodal emotion recognition", in Machine Audition, IGI Global 2010.
 */
export default defineSource({
  name: 'corpus/savee',
  kind: 'source',
  description: 'Surrey Audio-Visual Expressed Emotion (SAVEE), its audio',
  params: Type.Object(
    corpusParameters(
      Object.values(emotions).map(({ label }) => label),
      speakers,
    ),
  ),
  outputs: { audio: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label', groups: ['sentence'] },
  list: (selection) => listCorpus(savee(), selection),
});

function savee(): PublishedCorpus {
  return {
    title: 'SAVEE',
    utterances: speakers.flatMap(utterancesOf),
    layout: '`AudioData/DC/a01.wav`, `DC/a01.wav` or `DC_a01.wav` (or .flac)',
    enters: (folder) => folder === 'AudioData' || speakers.includes(folder.replace(/^AudioData\//, '')),
    identify: ({ folder, name }) => {
      const speaker = speakers.find((one) => folder === one || folder === `AudioData/${one}`);
      return speaker === undefined ? name.replace('_', '/') : `${speaker}/${name}`;
    },
  };
}

function utterancesOf(speaker: string): PublishedUtterance[] {
  return Object.entries(emotions).flatMap(([letters, { label, count }]) =>
    Array.from({ length: count }, (_, index) => {
      const sentence = letters + String(index + 1).padStart(2, '0');
      return { id: `${speaker}/${sentence}`, speaker, label, sentence, gender: 'male' };
    }),
  );
}
