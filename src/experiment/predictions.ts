import { hash } from 'node:crypto';
import { PipeError } from '../errors.ts';
import { readJson } from '../plan/folds.ts';
import type { Graph, PlannedStage } from '../plan/graph-types.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import { unweightedAverageRecall } from '../statistics/recall.ts';
import { type FoundRun, damagedRecord, readSealed } from './find-runs.ts';
import { readRun } from './read-record.ts';
import { recordFiles, type TestedUnits } from './run-record.ts';

/** What a model said of one unit of the test data. */
export interface Prediction {
  readonly unit: string;
  /** What the unit belongs to, such as its speaker: units of one cluster are not independent. */
  readonly cluster: string;
  readonly label: string;
  readonly predicted: string;
  /** In the order of the classes. */
  readonly posteriors: readonly number[];
  /** A unit may be tested in several folds. */
  readonly fold?: string;
}

/** The predictions of one replicate: a line of `predictions.jsonl`. */
export interface Predictions {
  readonly stage: string;
  /** The stage's matrix point, such as `{ seed: 1 }`. */
  readonly point: MatrixPoint;
  readonly classes: readonly string[];
  readonly predictions: readonly Prediction[];
}

/**
 * The predictions of a recorded run; none where no stage of it gives any. Throws a PipeError (`damaged-record`) where
 * they are not as they were recorded.
 */
export function readPredictions(folder: string): readonly Predictions[] {
  const record = readRun(folder);
  if ('detail' in record) throw damagedRecord(record);
  return Array.from(linesOf({ folder, record }), (line) => JSON.parse(line) as Predictions);
}

/** Predictions without their posteriors. */
export type Answers = Omit<Predictions, 'predictions'> & {
  readonly predictions: readonly Omit<Prediction, 'posteriors'>[];
};

/** Within a text a quotation mark would be escaped, so this is nowhere but where it is meant. */
const posteriors = /,"posteriors":\[[^\]]*\]/g;

/**
 * The answers of a recorded run, one replicate after another: 100 runs have 100,000s of them, and posteriors are most of their
 * bytes. Throws a PipeError (`damaged-record`).
 */
export function* answersOf(run: FoundRun): Generator<Answers> {
  for (const line of linesOf(run)) yield JSON.parse(line.replace(posteriors, '')) as Answers;
}

function* linesOf(run: FoundRun): Generator<string> {
  const content = readSealed(run, recordFiles.predictions)?.toString() ?? '';
  for (let start = 0, end = content.indexOf('\n'); end >= 0; start = end + 1, end = content.indexOf('\n', start))
    yield content.slice(start, end);
}

/** The predictions of everything that is settled in a graph. What cannot be read, or is not of the shape, is left out. */
export function* graphPredictions(graph: Graph): Generator<Predictions> {
  for (const stage of graph.stages) {
    for (const task of stage.tasks) {
      const output = task.result?.outputs[stage.node.type.predictions ?? ''];
      if (task.status !== 'settled' || output === undefined) continue;
      const value = readOrNothing(() => readJson(output.digest, graph.store));
      if (isPredictions(value)) yield lineOf(stage, task.pointIndex, value);
    }
  }
}

/** What was tested, by stage. */
export function testedUnits(all: readonly Predictions[]): Readonly<Record<string, TestedUnits>> {
  const stages = new Map<string, Predictions[]>();
  for (const one of all) stages.set(one.stage, [...(stages.get(one.stage) ?? []), one]);
  return Object.fromEntries(Array.from(stages, ([stage, replicates]) => [stage, testedOf(replicates)]));
}

function testedOf(replicates: readonly Predictions[]): TestedUnits {
  const units = unitsOf(replicates);
  return {
    count: units.size,
    digest: unitsDigest(units),
    uar: replicates.map(({ predictions }) => unweightedAverageRecall(predictions.map(recognised)) ?? 0),
  };
}

/** The names of all units that were tested. */
export const unitsOf = (all: readonly Answers[]): ReadonlySet<string> =>
  new Set(all.flatMap(({ predictions }) => predictions.map(({ unit }) => unit)));

/** SHA-256 that names a set of units, whatever their order. */
export const unitsDigest = (units: ReadonlySet<string>): string => hash('sha256', JSON.stringify([...units].sort()));

/** A prediction as statistics see it. */
export const recognised = ({ label, predicted }: Pick<Prediction, 'label' | 'predicted'>) => ({
  label,
  correct: label === predicted ? 1 : 0,
});

function lineOf({ node, points }: PlannedStage, pointIndex: number, { classes, predictions }: Shape): Predictions {
  const kept = predictions.map(({ unit, cluster, label, predicted, posteriors, fold }) => {
    return { unit, cluster, label, predicted, posteriors, ...(fold !== undefined && { fold }) };
  });
  return { stage: node.name, point: points?.[pointIndex] ?? {}, classes, predictions: kept };
}

type Shape = Pick<Predictions, 'classes' | 'predictions'>;

function isPredictions(value: unknown): value is Shape {
  const { classes, predictions } = fieldsOf(value);
  return isTexts(classes) && Array.isArray(predictions) && predictions.length > 0 && predictions.every(isPrediction);
}

function isPrediction(value: unknown): value is Prediction {
  const { unit, cluster, label, predicted, posteriors, fold } = fieldsOf(value);
  return (
    isTexts([unit, cluster, label, predicted, fold ?? '']) &&
    Array.isArray(posteriors) &&
    posteriors.every((posterior) => typeof posterior === 'number')
  );
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((entry) => typeof entry === 'string');

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** A damaged artifact was set aside, and is made anew by the next run. */
function readOrNothing(read: () => Json): Json {
  try {
    return read();
  } catch (error) {
    if (error instanceof PipeError) return null;
    throw error;
  }
}
