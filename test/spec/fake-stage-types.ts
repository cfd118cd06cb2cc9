import { Type } from '@sinclair/typebox';
import type { StageInfo, StageTypes } from '../../src/spec/types.ts';

const basics = { columns: [], engine: false, isolate: false, params: Type.Object({}) };
const features = { items: { features: 'array', frames: 'array' } } as const;

const infos: readonly StageInfo[] = [
  {
    ...basics,
    name: 'corpus/emodb',
    description: 'Emo-DB',
    kind: 'source',
    params: Type.Object({ root: Type.String(), classes: Type.Array(Type.String(), { default: ['anger', 'neutral'] }) }),
    inputs: {},
    outputs: { audio: 'file' },
    roles: { unit: 'id', cluster: 'speaker', label: 'label' },
  },
  {
    ...basics,
    name: 'decode',
    description: 'Decode',
    kind: 'map',
    params: Type.Object({
      sampleRate: Type.Integer({ default: 16000, minimum: 8000, description: 'Samples a second' }),
    }),
    inputs: { audio: 'file' },
    outputs: { audio: 'waveform' },
  },
  {
    ...basics,
    name: 'segment',
    description: 'Segment',
    kind: 'map',
    params: Type.Object({ seconds: Type.Number({ default: 2.5, exclusiveMinimum: 0 }) }),
    inputs: { audio: 'waveform' },
    outputs: { segments: 'array', timing: 'json' },
  },
  {
    ...basics,
    name: 'scalogram',
    description: 'Scalogram',
    kind: 'map',
    params: Type.Object({
      scales: Type.Integer({ default: 64, minimum: 2, maximum: 256 }),
      wavelet: Type.Union([Type.Literal('morlet'), Type.Literal('gammatone')], { default: 'morlet' }),
    }),
    inputs: { segments: { segments: 'array', timing: 'json' } },
    outputs: { features: 'array', frames: 'array' },
  },
  {
    ...basics,
    name: 'split',
    description: 'Split',
    kind: 'reduce',
    params: Type.Object({ protocol: Type.String({ default: 'leave-one-speaker-out' }) }),
    inputs: { items: { items: null }, segments: { items: { segments: 'array', timing: 'json' }, optional: true } },
    outputs: { folds: 'json', protocol: 'json' },
    columns: ['id', 'speaker'],
  },
  {
    ...basics,
    name: 'train',
    description: 'Train',
    kind: 'reduce',
    params: Type.Object({
      seed: Type.Integer({ default: 0 }),
      depth: Type.Integer({ default: 3, minimum: 1, maximum: 6 }),
      network: Type.Object({ filters: Type.Array(Type.Integer(), { default: [8, 16] }) }, { default: {} }),
      fold: Type.Optional(Type.String({ maxLength: 2 })),
      optimiser: Type.Union(
        [
          Type.Object({ kind: Type.Literal('adam'), rate: Type.Number() }),
          Type.Object({ kind: Type.Literal('sgd'), rate: Type.Number(), momentum: Type.Number() }),
        ],
        { default: { kind: 'adam', rate: 0.001 } },
      ),
    }),
    inputs: { features, folds: 'json' },
    outputs: { model: 'tensors', history: 'json' },
    columns: ['label', 'speaker'],
    parts: { input: 'folds', axis: 'fold', use: ['train', 'development'] },
    engine: true,
    isolate: true,
  },
  {
    ...basics,
    name: 'predict',
    description: 'Predict',
    kind: 'reduce',
    inputs: { model: { model: 'tensors' }, features, folds: 'json' },
    outputs: { answers: 'json' },
    columns: ['id', 'label', 'speaker'],
    parts: { input: 'folds', axis: 'fold', use: ['test'] },
    engine: true,
  },
  {
    ...basics,
    name: 'evaluate',
    description: 'Evaluate',
    kind: 'reduce',
    inputs: { answers: { each: 'json' } },
    outputs: { scores: 'json' },
  },
];

/** Stage types shaped like those of a speech pipeline. */
export const fakeStageTypes: StageTypes = {
  find: (name) => Promise.resolve(infos.find((info) => info.name === name)),
  names: () => Promise.resolve(infos.map((info) => info.name)),
};
