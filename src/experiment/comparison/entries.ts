import { PipeError, exitCodes } from '../../errors.ts';
import type { MatrixPoint } from '../../stage/index.ts';
import { type FoundRun, requireUnchanged } from '../find-runs.ts';
import { type Predictions, readPredictions } from '../predictions.ts';
import { recordFiles } from '../run-record.ts';

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
  readonly point: MatrixPoint;
  readonly classes: readonly string[];
  /** One for each replicate. */
  readonly points: readonly MatrixPoint[];
  readonly units: ReadonlyMap<string, UnitOutcome>;
  /** Unit outcomes of each replicate, for its own figures. */
  readonly replicates: readonly Predictions[];
}

/** The axis whose values are replicates; points that differ in others are different configurations. */
const replicateAxis = 'seed';

/**
 * What a run predicted, one entry for each configuration in it. Throws a PipeError: `run-not-done`, `no-predictions`,
 * `several-prediction-stages`, `damaged-record`.
 */
export function readEntries(run: FoundRun, stage: string | undefined): Entry[] {
  requireDone(run);
  requireUnchanged(run, [recordFiles.tasks]);
  const replicates = chooseStage(run, readPredictions(run.folder), stage);
  const groups = new Map<string, Predictions[]>();
  for (const one of replicates) {
    const name = JSON.stringify(configurationOf(one));
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const titleOf = (one: Predictions) => {
    const axes = Object.entries(configurationOf(one)).map(([axis, value]) => ` ${axis}=${value}`);
    return `${nameOf(run)}${groups.size > 1 ? axes.join('') : ''}`;
  };
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [entryOf(run, titleOf(first), first, group)];
  });
}

export const nameOf = ({ record }: FoundRun): string => `${record.pipeline}/${record.run}`;

function entryOf(run: FoundRun, title: string, first: Predictions, group: readonly Predictions[]): Entry {
  return {
    title,
    run,
    stage: first.stage,
    point: configurationOf(first),
    classes: first.classes,
    points: group.map(({ point }) => point),
    units: outcomesOf(run, group),
    replicates: group,
  };
}

function configurationOf({ point }: Predictions): MatrixPoint {
  return Object.fromEntries(Object.entries(point).filter(([axis]) => axis !== replicateAxis));
}

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

function chooseStage(run: FoundRun, all: readonly Predictions[], wanted: string | undefined): readonly Predictions[] {
  const stages = [...new Set(all.map(({ stage }) => stage))];
  if (stages.length === 0) {
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
  return all.filter(({ stage }) => stage === (wanted ?? stages[0]));
}

/** Outcomes by unit. Throws a PipeError (`uneven-replicates`) where the replicates did not test the same units. */
function outcomesOf(run: FoundRun, replicates: readonly Predictions[]): ReadonlyMap<string, UnitOutcome> {
  const sums = new Map<string, { cluster: string; label: string; tests: number; correct: number }>();
  for (const { predictions } of replicates) {
    for (const { unit, cluster, label, predicted } of predictions) {
      const known = sums.get(unit) ?? { cluster, label, tests: 0, correct: 0 };
      known.tests += 1;
      if (predicted === label) known.correct += 1;
      sums.set(unit, known);
    }
  }
  const isUneven = replicates.some(({ predictions }) => predictions.length !== replicates[0]?.predictions.length);
  const outcomes = new Map<string, UnitOutcome>();
  for (const [unit, { tests, correct, ...rest }] of sums) {
    if (isUneven || tests % replicates.length !== 0) {
      throw usage(
        'uneven-replicates',
        `The replicates of the run ${nameOf(run)} were not tested on the same units, such as ${unit}.`,
        'A seed must not change the split, or the figures of different test sets would be averaged.',
      );
    }
    outcomes.set(unit, { ...rest, tests: tests / replicates.length, correct: correct / tests });
  }
  return outcomes;
}

export function usage(code: string, message: string, advice: string): PipeError {
  return new PipeError(code, message, { exitCode: exitCodes.usage, advice });
}
