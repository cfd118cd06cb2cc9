import { join } from 'node:path';
import { readRun, runNames } from '../experiment/index.ts';
import type { RunRecord } from '../experiment/run-record.ts';
import { machine } from '../store/process-start.ts';
import { type Sweep, readSweep } from '../sweep/read-sweep.ts';
import type { TrialName } from '../sweep/events.ts';
import type { Configuration, Json } from '../sweep/search/space.ts';
import type { FinalRun, SweepRecord, TrialRecord } from '../sweep/sweep-record.ts';
import { createRunModel } from './create-run-model.ts';
import { type FollowedRun, followRun } from './follow-run.ts';
import type { RunModel } from './run-model.ts';
import { type SweepModel, finalTitle, followTrial, titleOfTrial } from './sweep-model.ts';

/** So many of a pipeline's newest runs are looked at for trials that run. */
const newestRuns = 50;

/** A sweep of another process, or one that is over, read from its record and those of its runs. */
export function followSweep(folder: string, experiments: string, model: SweepModel): FollowedRun {
  const live = new Map<string, FollowedRun>();
  const known = new Map<string, string>();
  const strangers = new Set<string>();
  let sweep: Sweep | undefined;
  let damage: string | undefined;

  const takeTrials = ({ trials, record }: Sweep) => {
    for (const trial of trials) {
      const title = titleOfTrial(trial);
      const text = JSON.stringify(trial);
      if (known.get(title) === text) continue;
      known.set(title, text);
      live.delete(title);
      const best = bestOf(trials, record.objective.direction);
      model.apply({ type: 'trial-ended', record: trial, best }, endOf(trial, record));
      const shown = model.trials.get(title);
      if (shown !== undefined && trial.run !== undefined) shown.recorded = recordedRun(trial.run);
    }
  };
  const takeFinals = ({ record: { final = [] } }: Sweep) => {
    for (const [title, { run, status, headline }] of newestFinals(final)) {
      const text = `${run} ${status}`;
      if (known.get(title) === text) continue;
      known.set(title, text);
      live.delete(title);
      if (status === 'running') {
        const followed = createRunModel();
        live.set(title, followRun(join(experiments, run), followed));
        model.finals.set(title, { title, status, headline, run: followed });
      } else model.finals.set(title, { title, status, headline, run: undefined, recorded: recordedRun(run) });
    }
  };
  /** Read when it is looked into, and then kept. */
  const recordedRun = (run: string): (() => RunModel) => {
    let found: RunModel | undefined;
    return () => {
      if (found === undefined) followRun(join(experiments, run), (found = createRunModel())).look(true);
      return found;
    };
  };
  /** By the trial's own run, so that it stays the same however late it is looked at. */
  const endOf = (trial: TrialRecord, record: SweepRecord): number => {
    const run = trial.run === undefined ? undefined : readRun(join(experiments, trial.run));
    const recorded = run === undefined || 'detail' in run ? undefined : run.endedAt;
    if (recorded !== undefined) return Date.parse(recorded);
    return record.status === 'running' ? Date.now() : Date.parse(record.endedAt ?? record.startedAt);
  };
  /** Trials that run are known by the records of their runs. */
  const findLive = ({ record }: Sweep) => {
    for (const { pipeline, run } of runNames(experiments, record.pipeline.name).slice(0, newestRuns)) {
      if (strangers.has(run)) continue;
      const path = join(experiments, pipeline, run);
      const found = readRun(path);
      if ('detail' in found) continue;
      const name = trialIn(found, record.id);
      if (name === undefined || found.status !== 'running') strangers.add(run);
      else if (!live.has(titleOfTrial(name)))
        live.set(titleOfTrial(name), followRun(path, followTrial(model, name, configurationOf(found, record))));
    }
  };

  return {
    look(whole) {
      if (whole || sweep === undefined) {
        const found = readSweep(folder);
        damage = 'detail' in found ? found.detail : undefined;
        if (!('detail' in found)) {
          if (sweep === undefined) announce(model, found);
          sweep = found;
          takeTrials(found);
          takeFinals(found);
          if (found.record.status === 'running') findLive(found);
          else close(model, found, experiments);
        }
      }
      for (const run of live.values()) run.look(whole);
      if (live.size > 0) model.version += 1;
    },
    trouble: () => (damage === undefined ? undefined : `The record of the sweep cannot be read: ${damage}`),
    pid() {
      const { status, process } = sweep?.record ?? {};
      return status === 'running' && process?.machine === machine ? process.pid : undefined;
    },
  };
}

/** By their titles. A sweep that went on and chose anew has several: the one that runs counts, else the last. */
function newestFinals(finals: readonly FinalRun[]): ReadonlyMap<string, FinalRun> {
  const newest = new Map<string, FinalRun>();
  for (const run of finals) {
    const title = finalTitle(run.each);
    if (newest.get(title)?.status !== 'running') newest.set(title, run);
  }
  return newest;
}

function announce(model: SweepModel, { folder, record }: Sweep): void {
  const { name: sweep, id, objective, choice, parallel, planned, startedAt: at } = record;
  const common = { sweep, id, folder, pipeline: record.pipeline.name, objective, choice, parallel, at };
  model.apply({ type: 'sweep-started', ...common, strategy: record.strategy.kind, trials: planned });
  model.resumed = resumedIn(record);
}

function resumedIn({ resumedAt, endedAt, seconds = 0 }: SweepRecord): SweepModel['resumed'] {
  if (resumedAt === undefined) return undefined;
  const at = Date.parse(resumedAt);
  // A record that is closed counts the newest start as well.
  const own = endedAt === undefined ? 0 : (Date.parse(endedAt) - at) / 1000;
  return { at, secondsBefore: Math.max(0, seconds - own) };
}

function close(model: SweepModel, { record }: Sweep, experiments: string): void {
  if (model.status !== 'running' || record.status === 'running') return;
  const { status, chosen, selection = '', seconds = 0, error } = record;
  const at = record.endedAt ?? new Date(lastSignOf(record, experiments)).toISOString();
  model.error = error;
  if (chosen !== undefined) model.apply({ type: 'chosen', chosen, selection }, Date.parse(at));
  const counts = { trials: model.trials.size, done: 0, paused: 0, failed: 0 };
  model.apply({ type: 'sweep-ended', status, counts, seconds, at }, Date.parse(at));
}

/** When a sweep that was killed last told something: by the newest events of its runs, in milliseconds since 1970. */
function lastSignOf({ pipeline, id, startedAt }: SweepRecord, experiments: string): number {
  const ends = runNames(experiments, pipeline.name)
    .slice(0, newestRuns)
    .flatMap((name) => {
      const path = join(experiments, name.pipeline, name.run);
      const found = readRun(path);
      if ('detail' in found || found.sweep?.id !== id) return [];
      const run = createRunModel();
      followRun(path, run).look(true);
      return run.endedAt ?? [];
    });
  return Math.max(Date.parse(startedAt), ...ends);
}

function trialIn({ sweep }: RunRecord, id: string): TrialName | undefined {
  // The final run of what a trial was chosen by is not that trial.
  if (sweep?.id !== id || sweep.trial === undefined || sweep.final === true) return undefined;
  return { search: sweep.search ?? '', trial: sweep.trial };
}

/** What the trial's `--set` says of the parameters that are searched. */
function configurationOf({ overrides }: RunRecord, { space, definition }: SweepRecord): Configuration {
  return Object.fromEntries(
    space.flatMap(({ path }): [string, Json][] => {
      const own = overrides.findLast((text) => text.startsWith(`${path}=`));
      const value = own === undefined ? namedValue(definition, path, overrides) : jsonOf(own.slice(path.length + 1));
      return value === undefined ? [] : [[path, value]];
    }),
  );
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Of a parameter whose values are names for settings: the name whose settings were given, of several the one with most. */
function namedValue(
  definition: SweepRecord['definition'],
  path: string,
  overrides: readonly string[],
): Json | undefined {
  const { space } = definition as { readonly space?: Readonly<Record<string, NamedValues>> };
  const named = (space?.[path]?.values ?? []).flatMap((value) => (isNamed(value) ? [value] : []));
  const given = named.filter(({ settings }) => settings.every((setting) => overrides.includes(setting)));
  return given.sort((a, b) => b.settings.length - a.settings.length)[0]?.name;
}

/** As the definition of a sweep has them. */
interface NamedValues {
  readonly values?: readonly (Json | NamedValue)[];
}

interface NamedValue {
  readonly name: Json;
  readonly settings: readonly string[];
}

const isNamed = (value: Json | NamedValue): value is NamedValue =>
  typeof value === 'object' && value !== null && 'settings' in value && Array.isArray(value.settings);

function bestOf(trials: readonly TrialRecord[], direction: 'maximise' | 'minimise'): TrialRecord | undefined {
  const sign = direction === 'maximise' ? 1 : -1;
  const finished = trials.filter(({ status, objective }) => status === 'done' && objective !== null);
  return finished.reduce<TrialRecord | undefined>(
    (best, trial) => (best === undefined || sign * ((trial.objective ?? 0) - (best.objective ?? 0)) > 0 ? trial : best),
    undefined,
  );
}
