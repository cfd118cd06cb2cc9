/**
 * Published figures, in %: "Speech emotion recognition using a scalogram based deep structure", International Journal of
 * Engineering 33(2), 2020, doi 10.5829/ije.2020.33.02b.13, its tables of UAR and of confusion (speaker independent), and
 * the other systems of its comparison by its reference numbers. Segments are scored under their sentence's label.
 */
export const publishedCorpora = ['savee', 'emodb', 'ravdess'] as const;
export type PublishedCorpus = (typeof publishedCorpora)[number];

export const publishedSource =
  'Speech emotion recognition using a scalogram based deep structure, IJE 33(2), 2020, doi 10.5829/ije.2020.33.02b.13';

/** Classes of the confusion tables, in their order. */
export const publishedClasses = ['anger', 'sadness', 'happiness', 'neutral'] as const;

export interface Published {
  readonly corpus: string;
  /** UAR of the paper. */
  readonly dependent: number;
  readonly independent: number;
  /** Rows actual, columns predicted; speaker independent. */
  readonly confusion: readonly (readonly number[])[];
  readonly others: readonly { readonly system: string; readonly independent: number; readonly dependent?: number }[];
}

const prosodic = '[15] prosodic features from the CWT, SVM';
const hyperProsodic = '[16] hyper-prosodic features, deep network';
const bionic = '[17] bionic wavelet features, GMM';
const parallel = '[31] parallel CNN and LSTM on log-mel';
const attention = '[36] attention over a recurrent network';

export const published: Readonly<Record<PublishedCorpus, Published>> = {
  savee: {
    corpus: 'SAVEE',
    dependent: 87.1,
    independent: 83.9,
    confusion: [
      [77.5, 6.3, 8.1, 8.1],
      [6.1, 79.2, 6.1, 8.6],
      [16.7, 1.7, 81.6, 0],
      [0.9, 1.8, 0, 97.3],
    ],
    others: [
      { system: hyperProsodic, independent: 84.9 },
      { system: parallel, independent: 59.4 },
      { system: '[12]', independent: 42.3 },
      { system: bionic, independent: 47.3 },
      { system: '[41]', independent: 73.6, dependent: 75.4 },
    ],
  },
  emodb: {
    corpus: 'Emo-DB',
    dependent: 89.1,
    independent: 86.4,
    confusion: [
      [92.9, 0, 7.1, 0],
      [1.4, 94.4, 0, 4.2],
      [35.5, 0, 61.3, 3.2],
      [0, 3.2, 0, 96.8],
    ],
    others: [
      { system: hyperProsodic, independent: 83.4 },
      { system: parallel, independent: 84.5 },
      { system: '[12]', independent: 76.9 },
      { system: attention, independent: 82.8 },
      { system: bionic, independent: 69.3 },
      { system: '[26]', independent: 79.6 },
      { system: '[40]', independent: 80.8 },
      { system: '[41]', independent: 82.9, dependent: 86.4 },
    ],
  },
  ravdess: {
    corpus: 'RAVDESS, male',
    dependent: 85.1,
    independent: 72.1,
    confusion: [
      [67.2, 7.8, 25.0, 0],
      [6.3, 89.1, 1.6, 3.1],
      [9.4, 10.9, 79.7, 0],
      [3.1, 38.1, 6.3, 52.5],
    ],
    others: [
      { system: prosodic, independent: 60.1 },
      { system: '[27]', independent: 70.0 },
      { system: '[42]', independent: 64.5 },
    ],
  },
};
