import type { RunModel } from './run-model.ts';
import type { TaskModel } from './task-model.ts';
import type { SweepModel } from './sweep-model.ts';
import type { Source } from './view.ts';

/** What a dashboard knows, as plain values for programs: the run or sweep first, then trials and live tasks. Times are ISO 8601. */
export function stateOf(source: Source): readonly Readonly<Record<string, unknown>>[] {
  return source.kind === 'run' ? runState(source.model) : sweepState(source.model);
}

function runState(model: RunModel): Readonly<Record<string, unknown>>[] {
  const { pipeline, run, status, startedAt, endedAt, paused } = model;
  const stages = stagesOf(model);
  return [
    { type: 'run', pipeline, run, status, paused, startedAt: iso(startedAt), endedAt: iso(endedAt), stages },
    ...[...model.live.values()].map(taskState),
  ];
}

function sweepState(model: SweepModel): Readonly<Record<string, unknown>>[] {
  const { sweep, id, pipeline, strategy, objective, budget, status, paused, best, chosen, selection, error } = model;
  const times = { startedAt: iso(model.startedAt), endedAt: iso(model.endedAt) };
  const facts = { sweep, id, pipeline, strategy, objective: objective?.text, direction: objective?.direction, budget };
  return [
    { type: 'sweep', ...facts, status, paused, ...times, best, chosen, selection, error },
    ...[...model.trials.values()].flatMap(({ title, name, configuration, status: state, epochs, ...trial }) => [
      {
        type: 'trial',
        ...name,
        configuration,
        status: state,
        epochs,
        objective: trial.objective,
        run: trial.record?.run,
        error: trial.record?.error,
        stages: trial.run && stagesOf(trial.run),
      },
      ...[...(trial.run?.live.values() ?? [])].map((task) => ({ trial: title, ...taskState(task) })),
    ]),
    ...[...model.finals.values()].map(({ title, status: state, headline, run }) => ({
      type: 'final',
      title,
      status: state,
      headline,
      stages: run && stagesOf(run),
    })),
  ];
}

const stagesOf = ({ stages }: RunModel) =>
  [...stages.values()].map(({ name, tasks, cached, running, done, failed, skipped }) => ({
    stage: name,
    tasks,
    cached,
    running,
    done,
    failed,
    skipped,
  }));

const taskState = ({ title, stage, attempt, startedAt, figures }: TaskModel) => ({
  type: 'task',
  title,
  stage,
  attempt,
  startedAt: iso(startedAt),
  figures,
});

const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());
