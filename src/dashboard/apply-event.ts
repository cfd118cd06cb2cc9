import type { LiveEvent } from '../experiment/live-events.ts';
import { titleOf } from '../plan/task-title.ts';
import type { RunEvent, TaskName } from '../run/events.ts';
import type { TailKind } from './event-tail.ts';
import { type ModelStatus, type RunModel, isComplete, secondsInto } from './run-model.ts';
import { type TaskModel, addFigures, addLog, createTask, isNotable } from './task-model.ts';
import { harmless } from './harmless.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** So many tasks that are over are kept. */
const keptTasks = 1000;

/** Changes the model of a run by what has happened. `at` is in milliseconds since 1970. */
export function applyEvent(model: RunModel, event: RunEvent | LiveEvent, at: number): void {
  const tell = (kind: TailKind, text: string) => model.tail.add(secondsInto(model, at), kind, text);
  switch (event.type) {
    case 'run-started':
      model.pipeline = harmless(event.pipeline);
      model.run = harmless(event.run);
      model.startedAt = Date.parse(event.at);
      return;
    case 'stage-planned':
      return addStage(model, event);
    case 'task-cached':
      return count(model, event.task.stage, 'cached', at);
    case 'tasks-cached':
      for (const [stage, by] of Object.entries(event.counts)) count(model, stage, 'cached', at, by);
      return;
    case 'task-started':
      return begin(model, event, at);
    case 'task-progress':
      return addFigures(liveTask(model, event.task), event.figures, at);
    case 'tasks-progress':
      for (const [title, figures] of event.tasks) addFigures(model.live.get(title), figures, at);
      return;
    case 'task-log': {
      const task = liveTask(model, event.task);
      if (task !== undefined) addLog(task, event.message);
      return tell('log', `${titleOf(event.task)}: ${event.message}`);
    }
    case 'task-done':
      return finish(model, event, at);
    case 'task-failed':
      return fail(model, event, at);
    case 'task-skipped':
      return count(model, event.task.stage, 'skipped', at);
    case 'waiting-for-run':
      return tell('warning', `${titleOf(event.task)}: waiting for another run (${event.run})`);
    case 'damage-found':
      return tell('warning', `damage in the store: ${event.damage.what} ${event.damage.path}`);
    case 'run-paused':
      model.paused = true;
      return tell('warning', 'paused: running tasks go on, nothing new is begun');
    case 'run-resumed':
      model.paused = false;
      return tell('warning', 'resumed');
    case 'result':
      return;
    case 'run-ended':
      return endRun(model, event.status, Date.parse(event.at));
  }
}

const endings = {
  done: 'the run is done',
  failed: 'the run failed',
  interrupted: 'interrupted; the next run goes on from here',
};

/** The run is over, by its own word or by what is known of its process: what still ran was stopped. */
export function endRun(model: RunModel, status: Exclude<ModelStatus, 'running'>, at: number): void {
  if (model.status !== 'running') return;
  model.version += 1;
  for (const task of model.live.values()) keep(model, Object.assign(task, { status: 'stopped', endedAt: at }));
  model.live.clear();
  for (const stage of model.stages.values()) stage.running = 0;
  Object.assign(model, { status, endedAt: at, paused: false });
  model.tail.add(secondsInto(model, at), status === 'interrupted' ? 'warning' : status, endings[status]);
}

function addStage({ stages }: RunModel, { stage: name, kind, tasks, engine }: EventOf<'stage-planned'>): void {
  const counts = { cached: 0, running: 0, done: 0, failed: 0, skipped: 0, taskSeconds: 0 };
  stages.set(name, { name: harmless(name), kind, tasks, engine, ...counts, startedAt: undefined, endedAt: undefined });
}

function begin(model: RunModel, event: EventOf<'task-started'>, at: number): void {
  const title = titleOf(event.task);
  // One that found its inputs damaged begins anew without having ended.
  const isOn = model.live.has(title);
  const task = attemptAgain(model, title, at) ?? createTask(event, harmless(title), at);
  model.live.set(title, task);
  model.byName.set(event.task, task);
  model.width = Math.max(model.width, model.live.size);
  const stage = model.stages.get(event.task.stage);
  if (stage === undefined) return;
  if (!isOn) stage.running += 1;
  const seconds = secondsInto(model, at);
  if (stage.kind === 'reduce') model.tail.add(seconds, 'running', task.title);
  else if (stage.startedAt === undefined) model.tail.add(seconds, 'running', `${stage.name}: ${task.why}`);
  stage.startedAt ??= at;
}

function attemptAgain({ again }: RunModel, title: string, at: number): TaskModel | undefined {
  const task = again.get(title);
  if (task === undefined) return undefined;
  again.delete(title);
  return Object.assign(task, { startedAt: at, endedAt: undefined, status: 'running', attempt: task.attempt + 1 });
}

/** The same name comes with every event of a task, so that most need no title; in a record each has its own. */
function liveTask({ live, byName }: RunModel, name: TaskName): TaskModel | undefined {
  const known = byName.get(name);
  return known?.status === 'running' ? known : live.get(titleOf(name));
}

function finish(model: RunModel, { task: name, seconds }: EventOf<'task-done'>, at: number): void {
  const task = leave(model, titleOf(name), 'done', at);
  const stage = model.stages.get(name.stage);
  if (stage !== undefined) stage.taskSeconds += seconds;
  if (task !== undefined) keep(model, task);
  if (task !== undefined && stage?.kind === 'reduce') model.tail.add(secondsInto(model, at), 'done', task.title);
  count(model, name.stage, 'done', at);
}

function fail(model: RunModel, event: EventOf<'task-failed'>, at: number): void {
  const { task: name, failure, attempt, willRetry } = event;
  const title = titleOf(name);
  const task = leave(model, title, 'failed', at);
  if (task !== undefined) task.failure = failure;
  const text = `${title}: ${failure.message}`;
  model.tail.add(secondsInto(model, at), willRetry ? 'warning' : 'failed', willRetry ? `${text} (tried again)` : text);
  if (!willRetry) {
    if (task !== undefined) keep(model, task);
    return count(model, name.stage, 'failed', at);
  }
  if (task === undefined) return;
  addLog(task, `attempt ${attempt} failed: ${failure.message}`);
  model.again.set(title, task);
}

function leave(
  { live, stages }: RunModel,
  title: string,
  status: 'done' | 'failed',
  at: number,
): TaskModel | undefined {
  const task = live.get(title);
  if (task === undefined) return undefined;
  live.delete(title);
  const stage = stages.get(task.stage);
  if (stage !== undefined) stage.running -= 1;
  return Object.assign(task, { status, endedAt: at });
}

/** Of the many tasks of a map stage only those that have something to show. */
function keep({ ended, stages }: RunModel, task: TaskModel): void {
  if (stages.get(task.stage)?.kind === 'map' && !isNotable(task)) return;
  ended.push(task);
  if (ended.length > keptTasks) ended.shift();
}

function count(
  model: RunModel,
  name: string,
  what: 'cached' | 'done' | 'failed' | 'skipped',
  at: number,
  by = 1,
): void {
  const stage = model.stages.get(name);
  if (stage === undefined) return;
  stage[what] += by;
  if (!isComplete(stage)) return;
  stage.endedAt = at;
  // A stage that had nothing to do says nothing.
  if (stage.startedAt === undefined) return;
  model.tail.add(secondsInto(model, at), stage.failed > 0 ? 'failed' : 'done', `${stage.name} is complete`);
}
