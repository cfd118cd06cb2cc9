import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testedUnits, type Predictions } from '../../src/experiment/predictions.ts';
import { type RunRecord, recordFiles, recordFormat } from '../../src/experiment/run-record.ts';
import { digestFiles, seal } from '../../src/experiment/seal.ts';
import type { Json, MatrixPoint } from '../../src/stage/index.ts';

/** What a made-up run was, where it is not as the others. */
export interface RecordedRun {
  readonly pipeline?: string;
  readonly record?: Partial<RunRecord>;
  readonly points?: readonly MatrixPoint[];
  readonly speakers?: readonly string[];
  readonly classes?: readonly string[];
  /** Utterances of each speaker and class. */
  readonly count?: number;
  /** Whether the utterance is recognised. */
  readonly isRight?: (unit: { speaker: string; label: string; number: number }, point: MatrixPoint) => boolean;
  /** Of the stage `model`. */
  readonly params?: Readonly<Record<string, Json>>;
  readonly code?: string;
  /** Digest of every recording. */
  readonly recording?: string;
  readonly stages?: readonly string[];
}

/** Writes the sealed record of a run that never was, and returns its folder. */
export function recordRun(experiments: string, run: string, options: RecordedRun = {}): string {
  const { pipeline = 'speech', points = [{ seed: 1 }, { seed: 2 }], stages = ['scores'] } = options;
  const folder = join(experiments, pipeline, run);
  mkdirSync(folder, { recursive: true });
  const predictions = stages.flatMap((stage) => points.map((point) => predict(stage, point, options)));
  const write = (name: string, values: readonly unknown[]) =>
    writeFileSync(join(folder, name), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  if (predictions.length > 0) write(recordFiles.predictions, predictions);
  write(recordFiles.tasks, factsOf(options, points));
  const record: RunRecord = {
    format: recordFormat,
    run,
    pipeline,
    spec: `/pipelines/${pipeline}.yaml`,
    overrides: [],
    data: {},
    status: 'done',
    startedAt: '2026-01-02T03:04:05.000Z',
    tasks: `${run} tasks`,
    process: { machine: 'elsewhere', pid: 1, start: '1' },
    environment: {
      ...{ node: '22.0.0', pipe: '0.1.0', packageLock: '', packages: {} },
      ...{ system: 'linux', cpu: 'a cpu', cores: 2, memoryBytes: 1e9 },
    },
    roles: { unit: 'id', cluster: 'speaker', label: 'label' },
    ...(predictions.length > 0 && { tested: testedUnits(predictions) }),
    files: digestFiles(folder),
    ...options.record,
  };
  writeFileSync(join(folder, recordFiles.run), JSON.stringify(seal(record)));
  return folder;
}

function predict(stage: string, point: MatrixPoint, options: RecordedRun): Predictions {
  const { speakers = ['03', '08'], classes = ['anger', 'neutral'], count = 1, isRight = () => true } = options;
  const units = speakers.flatMap((speaker) =>
    classes.flatMap((label) => Array.from({ length: count }, (_, number) => ({ speaker, label, number }))),
  );
  const predictions = units.map(({ speaker, label, number }) => {
    const other = classes.find((name) => name !== label) ?? '';
    const predicted = isRight({ speaker, label, number }, point) ? label : other;
    const posteriors = classes.map((name) => (name === predicted ? 0.9 : 0.1));
    return { unit: `${speaker}-${label}-${number}`, cluster: speaker, label, predicted, posteriors };
  });
  return { stage, point, classes, predictions };
}

function factsOf(
  { params = { epochs: 40 }, code = 'c0de', recording = '0' }: RecordedRun,
  points: readonly MatrixPoint[],
) {
  const columns = { id: 'a', speaker: '03', label: 'anger' };
  return [
    { type: 'item', stage: 'corpus', id: 'a', columns, files: { audio: recording } },
    { type: 'stage', stage: 'corpus', uses: 'corpus/toy', code: 'source', points: [] },
    {
      ...{ type: 'stage', stage: 'model', uses: 'train', code },
      points: points.map((point) => ({ point, params: { ...params, ...point } })),
    },
    { type: 'task', task: 'model', key: 'k', inputs: {}, outputs: {} },
  ];
}
