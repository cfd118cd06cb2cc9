import { newRunId, readRun } from '../experiment/index.ts';
import type { StageNode } from '../spec/types.ts';
import { join } from 'node:path';
import { lackedPaths, nestedOverrides } from './nested-pipeline.ts';
import { recordedRun } from './recorded-run.ts';
import { canonicalJson } from '../canonical-json.ts';
import { type Setting, overrideOf } from './settings.ts';
import type { Chosen, FinalRun } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';
import type { TrialContext } from './trial-runner.ts';
import { settingsOfTrial } from './trial-pipelines.ts';

/**
 * Runs the whole pipeline as it was chosen, once for each part of `each`: here test data are read. What the trials have trained is
 * there already, unless `final` of the sweep changes it.
 *
 * @returns those of this start that came to an end; the record has all
 * @param trained the objective's stage, whose folds have the axis
 */
export async function runFinal(
  chosen: readonly Chosen[],
  trained: StageNode,
  axis: string,
  context: TrialContext,
): Promise<readonly FinalRun[]> {
  const { place } = context;
  const runs: FinalRun[] = [];
  for (const each of new Set(chosen.map((one) => one.each))) {
    if (place.signal.aborted) break;
    const own = chosen.filter((one) => one.each === each);
    const final = await runOne(own, trained, axis, context);
    if (final === undefined) break;
    runs.push(final);
  }
  return runs;
}

async function runOne(
  chosen: readonly Chosen[],
  trained: StageNode,
  axis: string,
  context: TrialContext,
): Promise<FinalRun | undefined> {
  const { sweep, pipelines, place, writer, selection, emit } = context;
  const [first] = chosen;
  if (first === undefined) return undefined;
  const { settings, overrides } = await settingsByFold(first, chosen, trained, axis, context);
  const pipeline = await pipelines.load(settings, [...overrides, ...sweep.final.map(overrideOf)]);
  const run = newRunId();
  const each = first.each === undefined ? {} : { each: first.each };
  const earlier = writer.earlier.record?.final?.find(
    ({ overrides }) => canonicalJson([...overrides]) === canonicalJson([...pipeline.overrides]),
  );
  const begun: FinalRun = {
    ...each,
    run: `${pipeline.name}/${run}`,
    overrides: pipeline.overrides,
    status: 'running',
    headline: [],
  };
  // On record before any test data are read.
  writer.final(begun);
  emit({ type: 'final-started', ...each, run });
  const trial = chosen.length === 1 ? { search: first.search, trial: first.trial } : {};
  const ended = await recordedRun(pipeline, place, {
    run,
    sweep: { name: sweep.name, id: writer.id, ...trial, final: true, selection },
    ...(earlier !== undefined && { earlier: earlier.run.split('/')[1] ?? '' }),
    emit: (event) => emit({ type: 'final-event', event }),
  });
  if (ended.status === 'interrupted') {
    writer.final({ ...begun, run: ended.run, status: ended.status });
    return undefined;
  }
  const record = readRun(join(place.experiments, ended.run));
  const headline = 'detail' in record ? [] : (record.headline ?? []);
  const final: FinalRun = { ...begun, run: ended.run, status: ended.status, headline };
  writer.final(final);
  emit({ type: 'final-ended', final });
  return final;
}

interface FinalSettings {
  readonly settings: readonly Setting[];
  readonly overrides: readonly string[];
}

/**
 * With nested choice each fold has a configuration of its own; where all chose the same, there is nothing to vary. Throws a
 * PipeError (`nested-choice`) for configurations that folds cannot differ in.
 */
export async function settingsByFold(
  first: Chosen,
  chosen: readonly Chosen[],
  trained: StageNode,
  axis: string,
  { sweep, pipelines }: Pick<TrialContext, 'sweep' | 'pipelines'>,
): Promise<FinalSettings> {
  const settings = settingsOf(first, sweep);
  const folds = [];
  for (const one of chosen) {
    if (one.fold === undefined) return { settings, overrides: [] };
    folds.push({ fold: one.fold, pipeline: await pipelines.load(settingsOf(one, sweep)) });
  }
  const lacked = lackedPaths(folds, axis);
  const shared = settings.filter(({ path }) => !lacked.some((one) => `${path}.`.startsWith(`${one}.`)));
  return { settings: shared, overrides: nestedOverrides(folds, axis, await pipelines.load(shared), trained) };
}

function settingsOf({ each, configuration }: Chosen, sweep: SweepSpec) {
  const settings = sweep.each.find(({ name }) => name === each)?.settings ?? [];
  return settingsOfTrial(sweep, settings, configuration);
}
