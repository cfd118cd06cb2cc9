import { PipeError, exitCodes } from '../../errors.ts';
import type { MatrixPoint } from '../../stage/index.ts';
import { unweightedAverageRecall } from '../../statistics/index.ts';
import { configurationOf } from '../configurations.ts';
import type { FoundRun } from '../find-runs.ts';
import { type Answers, answersOf, recognised } from '../predictions.ts';

/** What became of one unit of the test data in a run. */
export interface UnitOutcome {
  readonly cluster: string;
  readonly label: string;
  /** How often it was tested in each replicate. */
  readonly tests: number;
  /** Share of its tests that recognised it, over all replicates. */
  readonly correct: number;
}

/** One side of a comparison: a run, or the replicates at one setting of its matrix. */
export interface Entry {
  /** `PIPELINE/RUN`, and the axes that tell it from others of its run. */
  readonly title: string;
  readonly run: FoundRun;
  readonly stage: string;
  /** Its values on the axes whose values are no replicates. */
  readonly point: MatrixPoint;
  readonly classes: readonly string[];
  /** Unweighted average recall of each replicate, 0 to 1. */
  readonly replicates: readonly number[];
  readonly units: ReadonlyMap<string, UnitOutcome>;
}

/**
 * What a run predicted, one entry for each configuration in it. Throws a PipeError: `run-not-done`, `no-predictions`,
 * `several-prediction-stages`, `uneven-replicates`, `damaged-record`.
 */
export function readEntries(run: FoundRun, wanted: string | undefined): Entry[] {
  requireDone(run);
  const tallies = new Map<string, Tally>();
  for (const one of answersOf(run)) {
    const point = configurationOf(one.point);
    const name = JSON.stringify([one.stage, point]);
    const { stage, classes } = one;
    const tally = tallies.get(name) ?? { stage, classes, point, sizes: new Set(), replicates: [], sums: new Map() };
    tallies.set(name, tally);
    count(one, tally);
  }
  const all = [...tallies.values()];
  const stage = chooseStage(run, [...new Set(all.map((tally) => tally.stage))], wanted);
  const chosen = all.filter((tally) => tally.stage === stage);
  return chosen.map(({ point, classes, replicates, ...tally }) => {
    const axes = Object.entries(point).map(([axis, value]) => ` ${axis}=${value}`);
    const title = `${nameOf(run)}${chosen.length > 1 ? axes.join('') : ''}`;
    return { title, run, stage, point, classes, replicates, units: outcomesOf(run, { replicates, ...tally }) };
  });
}

/** Answers of several replicates, added up. */
interface Tally extends Pick<Answers, 'stage' | 'point' | 'classes'> {
  /** Numbers of predictions that a replicate has. */
  readonly sizes: Set<number>;
  readonly replicates: number[];
  readonly sums: Map<string, { cluster: string; label: string; tests: number; correct: number }>;
}

function count({ predictions }: Answers, { sizes, replicates, sums }: Tally): void {
  sizes.add(predictions.length);
  replicates.push(unweightedAverageRecall(predictions.map(recognised)) ?? NaN);
  for (const { unit, cluster, label, predicted } of predictions) {
    const known = sums.get(unit);
    const correct = predicted === label ? 1 : 0;
    if (known === undefined) sums.set(unit, { cluster, label, tests: 1, correct });
    else {
      known.tests += 1;
      known.correct += correct;
    }
  }
}

export const nameOf = ({ record }: FoundRun): string => `${record.pipeline}/${record.run}`;

function requireDone(run: FoundRun): void {
  const { status, error } = run.record;
  if (status === 'done') return;
  const what = {
    running: 'is still running',
    failed: `failed${error === undefined ? '' : ` (${error.code})`}`,
    interrupted: 'was interrupted',
  }[status];
  throw usage(
    'run-not-done',
    `The run ${nameOf(run)} ${what}: what it predicted is not complete.`,
    status === 'running'
      ? 'Wait for its end.'
      : 'Run its pipeline again: it goes on from there. `pipe show` tells why.',
  );
}

function chooseStage(run: FoundRun, stages: readonly string[], wanted: string | undefined): string {
  const [first] = stages;
  if (first === undefined) {
    throw usage(
      'no-predictions',
      `The run ${nameOf(run)} has no predictions.`,
      'A stage such as `evaluate`, which declares `predictions`, gives them. Runs of versions before they were recorded have none: run its pipeline again.',
    );
  }
  if (wanted !== undefined && !stages.includes(wanted)) {
    throw usage(
      'no-predictions',
      `The stage '${wanted}' of the run ${nameOf(run)} has no predictions.`,
      `These have: ${stages.join(', ')}.`,
    );
  }
  if (wanted === undefined && stages.length > 1) {
    throw usage(
      'several-prediction-stages',
      `The run ${nameOf(run)} has predictions of several stages: ${stages.join(', ')}.`,
      'Choose one by --stage NAME.',
    );
  }
  return wanted ?? first;
}

/** Outcomes by unit. Throws a PipeError (`uneven-replicates`) where the replicates did not test the same units. */
function outcomesOf(
  run: FoundRun,
  { sizes, replicates, sums }: Pick<Tally, 'sizes' | 'replicates' | 'sums'>,
): ReadonlyMap<string, UnitOutcome> {
  const outcomes = new Map<string, UnitOutcome>();
  for (const [unit, { cluster, label, tests, correct }] of sums) {
    if (sizes.size > 1 || tests % replicates.length !== 0) {
      throw usage(
        'uneven-replicates',
        `The replicates of the run ${nameOf(run)} were not tested on the same units, such as ${unit}.`,
        'A seed must not change the split, or the figures of different test sets would be averaged.',
      );
    }
    outcomes.set(unit, { cluster, label, tests: tests / replicates.length, correct: correct / tests });
  }
  return outcomes;
}

export function usage(code: string, message: string, advice: string): PipeError {
  return new PipeError(code, message, { exitCode: exitCodes.usage, advice });
}
