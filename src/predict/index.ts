import { commandAgain } from '../experiment/command-again.ts';
import { enginesOf } from '../experiment/environment.ts';
import type { FoundRun } from '../experiment/find-runs.ts';
import { readPredictions } from '../experiment/predictions.ts';
import type { Graph } from '../plan/graph-types.ts';
import { readJson } from '../plan/folds.ts';
import { runPipeline } from '../run/index.ts';
import type { JobFailure } from '../run/job.ts';
import { enumerate } from '../spec/did-you-mean.ts';
import type { Workspace } from '../run/workspace.ts';
import type { MatrixPoint, NewDataAnswer, NewDataAnswers } from '../stage/index.ts';
import type { Store } from '../store/types.ts';
import { changedCode, changedStages } from './check-code.ts';
import { parseChoice, pointText } from './choose-models.ts';
import { type FileFault, listFiles } from './list-files.ts';
import { type NewDataPlan, planNewData } from './new-data-plan.ts';
import { readRecordedRun, unfinished } from './recorded-run.ts';
import { type SeenFiles, seenFiles } from './seen-files.ts';
import { type PredictProgress, watchRun } from './watch-run.ts';

export { pointText } from './choose-models.ts';
export type { FileFault } from './list-files.ts';
export type { PredictProgress } from './watch-run.ts';

export interface PredictOptions {
  /** Absolute paths of files and folders. */
  readonly paths: readonly string[];
  /** Which models, such as `fold=03 seed=1`; all of them where it is not given. */
  readonly model?: string;
  readonly engine: string;
  readonly jobs: number;
  /** Answer although the code of the preprocessing has changed. */
  readonly allowChangedCode: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PredictProgress) => void;
}

export interface Prediction {
  readonly id: string;
  readonly answer: NewDataAnswer;
}

export interface Predictions {
  readonly run: string;
  /** What computed, such as `wasm`. */
  readonly engine: string;
  readonly classes: readonly string[];
  readonly models: readonly MatrixPoint[];
  /** Models that the run was to have, and has not. */
  readonly missing: readonly MatrixPoint[];
  /** What must be known to read the answers. */
  readonly notes: readonly string[];
  /** In the order in which the files were listed. */
  readonly predictions: readonly Prediction[];
  readonly faults: readonly FileFault[];
  /** Why nothing was answered, although there were files to answer about. */
  readonly failure: JobFailure | undefined;
  readonly interrupted: boolean;
}

/**
 * What the models of a recorded run answer about new files, after the run's own preprocessing. Writes no record; what is computed
 * is kept in the store, and `gc` frees it.
 *
 * A file that cannot be used is a fault; the others are answered. Throws a PipeError for a run that cannot answer (`no-model`,
 * `changed-code`, `unknown-model`, ...).
 */
export async function predict(found: FoundRun, workspace: Workspace, options: PredictOptions): Promise<Predictions> {
  const choice = parseChoice(options.model);
  const run = await readRecordedRun(found, workspace);
  const plan = await planNewData(run, workspace.types, workspace.store, { choice, engine: options.engine });
  if (plan === undefined) throw unfinished(run.name, found.folder, run.record);
  const changed = await changedStages(plan.maps, run, workspace);
  if (changed.length > 0 && !options.allowChangedCode) throw changedCode(run.name, changed, commandAgain(found));

  const listed = await listFiles(options.paths, plan.source, run.pipeline, workspace);
  const outcome = await answerAll(
    listed.files.map(({ id }) => id),
    plan,
    workspace,
    options,
  );
  const seen = seenFiles(listed.files, plan.tested, plan.models, run, workspace.store);
  return {
    run: run.name,
    // Where nothing is answered, those of the run: a table has its columns all the same.
    classes: outcome.answers?.classes ?? readPredictions(found.folder)[0]?.classes ?? [],
    models: plan.models,
    missing: plan.missing,
    notes: [...(outcome.answers?.notes ?? []), ...notesOn(plan, changed, seen, listed.files.length)],
    engine: outcome.engine,
    predictions: outcome.predictions,
    faults: [...listed.faults, ...outcome.faults],
    failure: outcome.failure,
    interrupted: outcome.interrupted,
  };
}

interface Outcome {
  readonly answers: NewDataAnswers | undefined;
  readonly engine: string;
  readonly predictions: readonly Prediction[];
  readonly faults: readonly FileFault[];
  readonly failure: JobFailure | undefined;
  readonly interrupted: boolean;
}

const nothing: Outcome = {
  answers: undefined,
  engine: '',
  predictions: [],
  faults: [],
  failure: undefined,
  interrupted: false,
};

/** Once for all files; if some of them fail on their way, once more for the others: what is done is in the store. */
async function answerAll(
  ids: readonly string[],
  plan: NewDataPlan,
  workspace: Workspace,
  options: PredictOptions,
): Promise<Outcome> {
  if (ids.length === 0) return nothing;
  const watch = watchRun(ids.length, plan, options.onProgress);
  const { graph, status } = await runPipeline(plan.pipeline(ids), workspace, {
    jobs: options.jobs,
    keepGoing: true,
    signal: options.signal,
    emit: watch.event,
  });
  const faults = watch.faults();
  if (status === 'interrupted') return { ...nothing, faults, interrupted: true };
  const failure = watch.failure();
  if (failure !== undefined) return { ...nothing, faults, failure };
  if (faults.length === 0) return { ...nothing, ...answersIn(graph, plan, ids, workspace.store) };
  const faulty = new Set(faults.map(({ id }) => id));
  const others = ids.filter((id) => !faulty.has(id));
  const rest = await answerAll(others, plan, workspace, options);
  return { ...rest, faults: [...faults, ...rest.faults] };
}

/** The answers are in the order of the items, which are sorted by id. */
function answersIn(graph: Graph, plan: NewDataPlan, ids: readonly string[], store: Store) {
  const stage = graph.stages.find(({ node }) => node.name === plan.answering);
  const digest = stage?.tasks[0]?.result?.outputs.answers?.digest;
  const source = graph.stages.find(({ node }) => node.type.kind === 'source');
  if (digest === undefined || source === undefined) throw new Error('the answers were not made');
  const answers = readJson(digest, store) as unknown as NewDataAnswers;
  const byId = new Map(source.items.map(({ id }, index) => [id, answers.items[index]]));
  const predictions: Prediction[] = [];
  const faults: FileFault[] = [];
  for (const id of ids) {
    const item = byId.get(id);
    if (item === undefined) throw new Error(`there is no answer about ${id}`);
    if ('fault' in item) faults.push({ id, ...item.fault, advice: item.fault.advice ?? undefined, reason: 'data' });
    else predictions.push({ id, answer: item });
  }
  return { answers, engine: enginesOf(graph)[plan.answering] ?? '', predictions, faults };
}

function notesOn({ missing }: NewDataPlan, changed: readonly string[], seen: SeenFiles, files: number): string[] {
  const notes: string[] = [];
  if (missing.length > 0)
    notes.push(
      `The run lacks ${missing.length} of its models, whose tasks failed or were not run: ${enumerate(missing.map(pointText))}.`,
    );
  if (changed.length > 0)
    notes.push(
      `The code of ${changed.join(', ')} has changed since the run: what it makes of new files may not be what these models were trained on.`,
    );
  if (seen.count > 0) notes.push(noteOnSeen(seen, files));
  return notes;
}

function noteOnSeen({ count, certain }: SeenFiles, files: number): string {
  const which = files === 1 ? 'The file' : `Of the ${files} files, ${count}`;
  const them = count === 1 ? 'it' : 'them';
  return certain
    ? `${which} served to train some of these models: what they answer about ${them} is no test.`
    : `${which} ${count === 1 ? 'is' : 'are'} of the run's own data, and may have served to train these models: what they answer about ${them} may be no test.`;
}
