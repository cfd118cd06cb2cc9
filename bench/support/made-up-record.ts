import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Predictions } from '../../src/experiment/predictions.ts';
import { testedUnits } from '../../src/experiment/predictions.ts';
import { recordFiles, type TestedUnits } from '../../src/experiment/run-record.ts';
import { type RandomStream, randomStream } from '../../src/stage/random.ts';

/** What runs with the same parameters share. */
export interface Variant {
  readonly number: number;
  readonly overrides: readonly string[];
  readonly params: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly headline: readonly string[];
  readonly tested: Readonly<Record<string, TestedUnits>>;
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
}

export const roles = { unit: 'id', cluster: 'speaker', label: 'label', groups: ['sentence'] };

const classes = ['anger', 'sadness', 'happiness', 'neutral'];
const speakers = ['03', '08', '09', '10', '11', '12', '13', '14', '15', '16'];
const seeds = [1, 2, 3, 4, 5];
const units = 339;

interface Unit {
  readonly unit: string;
  readonly cluster: string;
  readonly label: string;
}

const testSet: readonly Unit[] = Array.from({ length: units }, (_, n) => {
  const cluster = speakers[n % speakers.length] ?? '';
  return { unit: `${cluster}a${String(n).padStart(3, '0')}`, cluster, label: classes[(n * 7) % 4] ?? '' };
});

export const pipelineText = (): string => readFileSync('pipelines/emodb.yaml', 'utf8');

export function createVariant(number: number): Variant {
  const parameters = { depth: 3 + (number % 4), learningRate: 0.0001 * (1 + (number % 25)), epochs: 20 + number };
  const random = randomStream(`variant ${number}`);
  const predictions = seeds.map((seed) => predictionsOf(seed, 0.75 + 0.001 * number, random));
  const tested = testedUnits(predictions);
  const uar = tested['scores']?.uar ?? [];
  const mean = uar.reduce((sum, value) => sum + value, 0) / uar.length;
  const headline = [`UAR ${(100 * mean).toFixed(1)} % of utterances (mean over ${seeds.length} seeds)`];
  return {
    number,
    overrides: Object.entries(parameters).map(([name, value]) => `params.${name}=${value}`),
    params: parameters,
    metrics: { uar: mean },
    headline,
    tested,
    files: {
      [recordFiles.pipeline]: pipelineText(),
      [recordFiles.events]: lines(eventsOf(number)),
      [recordFiles.tasks]: lines([...factsOf(number, parameters)]),
      [recordFiles.predictions]: lines(predictions),
      [recordFiles.results]: JSON.stringify([resultOf(headline)], undefined, 1),
    },
  };
}

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

function predictionsOf(seed: number, accuracy: number, random: RandomStream): Predictions {
  const predictions = testSet.map((unit) => {
    const isRight = random.uniform() < accuracy;
    const predicted = isRight ? unit.label : (classes[random.integer(4)] ?? '');
    const weights = classes.map((name) => random.uniform() + (name === predicted ? 3 : 0));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { ...unit, predicted, posteriors: weights.map((weight) => weight / sum), fold: unit.cluster };
  });
  return { stage: 'scores', point: { seed }, classes, predictions };
}

function* factsOf(number: number, parameters: Readonly<Record<string, number>>): Generator {
  const digest = (text: string) => hash('sha256', text);
  for (const { unit, cluster, label } of testSet) {
    const columns = { id: unit, speaker: cluster, label, sentence: 'a01', version: 'a', gender: 'male' };
    yield { type: 'item', stage: 'corpus', id: unit, columns, files: { audio: digest(unit) } };
  }
  yield { type: 'stage', stage: 'corpus', uses: 'corpus/emodb', code: digest('corpus'), points: [] };
  for (const stage of ['audio', 'levelled', 'speech', 'segments', 'scalogram']) {
    const params = { sampleRate: 16000, seconds: 2.5, overlapSeconds: 1, scales: 64, minHertz: 60, maxHertz: 7600 };
    yield { type: 'stage', stage, uses: stage, code: digest(stage), points: [{ point: {}, params }] };
    for (const { unit } of testSet) yield taskFact(`${stage} ${unit}`, 'all');
  }
  for (const stage of ['model', 'answers']) {
    const points = speakers.flatMap((fold) =>
      seeds.map((seed) => ({
        point: { fold, seed },
        params: { classes, seed, network: network(parameters), ...parameters },
      })),
    );
    yield { type: 'stage', stage, uses: stage, code: digest(stage), engine: { name: 'wasm', threads: 1 }, points };
    for (const { point } of points) yield taskFact(`${stage} fold=${point.fold} seed=${point.seed}`, String(number));
  }
}

const network = ({ depth = 3 }: Readonly<Record<string, number>>) => ({
  convolution: '2d',
  blocks: Array.from({ length: depth }, () => ({ filters: 32, kernel: [3, 3], pool: [2, 2] })),
  cells: 128,
});

function taskFact(task: string, variant: string): unknown {
  const digest = (what: string) => hash('sha256', `${what} ${task} ${variant}`);
  return {
    type: 'task',
    task,
    key: digest('key'),
    inputs: { input: digest('in') },
    outputs: { output: digest('out') },
  };
}

function eventsOf(number: number): readonly unknown[] {
  return Array.from({ length: 1500 }, (_, n) => ({
    type: 'task-done',
    task: { stage: 'model', point: { fold: speakers[n % 10], seed: n % 5 } },
    key: hash('sha256', `${number} ${n}`),
    seconds: 12.5 + n / 100,
    outputs: { model: { digest: hash('sha256', `model ${number} ${n}`), size: 123456 } },
  }));
}

function resultOf(headline: readonly string[]): unknown {
  const rows = speakers.map((speaker) => [
    speaker,
    '83.1 ± 1.2',
    '90.1',
    '88.8',
    '61.3',
    '92.2',
    '81.0 ± 2.0',
    '34',
    '',
  ]);
  const tables = Array.from({ length: 8 }, (_, n) => ({
    title: `Table ${n}`,
    columns: ['', 'UAR', ...classes, 'segments', 'count', 'lacks'],
    rows,
  }));
  return {
    stage: 'summary',
    point: {},
    name: 'summary',
    value: { report: { title: 'Made up', headline, tables, notes: [] } },
  };
}
