import { type RunModel, type StageModel, isComplete, settledCount } from './run-model.ts';
import { type TaskModel, secondsLeft } from './task-model.ts';

export interface TimeLeft {
  readonly seconds: number;
  /** Of some stages nothing is known yet: it will be longer. */
  readonly isLeast: boolean;
}

/** Tasks a second that a stage has done since it began; undefined before the first. */
export function tasksPerSecond({ done, startedAt, endedAt }: StageModel, now: number): number | undefined {
  if (startedAt === undefined || done === 0) return undefined;
  const seconds = ((endedAt ?? now) - startedAt) / 1000;
  return seconds > 0 ? done / seconds : undefined;
}

/**
 * Wall seconds until a run is done, when its tasks take as long as those before them, and as many run at once. Undefined while
 * nothing can be told.
 */
export function runLeft(model: RunModel, now: number): TimeLeft | undefined {
  const live = liveByStage(model);
  let [work, longest, isLeast, isKnown] = [0, 0, false, false];
  for (const stage of model.stages.values()) {
    if (isComplete(stage)) continue;
    const left = workLeft(stage, live.get(stage) ?? [], now);
    if (left === undefined) isLeast = true;
    else {
      isKnown = true;
      work += left.work;
      longest = Math.max(longest, left.longest);
    }
  }
  return isKnown ? { seconds: Math.max(work / Math.max(1, model.width), longest), isLeast } : undefined;
}

function liveByStage({ live, stages }: RunModel): Map<StageModel, TaskModel[]> {
  const found = new Map<StageModel, TaskModel[]>();
  for (const task of live.values()) {
    const stage = stages.get(task.stage);
    if (stage === undefined) continue;
    const tasks = found.get(stage);
    if (tasks === undefined) found.set(stage, [task]);
    else tasks.push(task);
  }
  return found;
}

/** Seconds of all tasks of a stage that are not over, and of the longest one that runs. */
function workLeft(
  stage: StageModel,
  live: readonly TaskModel[],
  now: number,
): { readonly work: number; readonly longest: number } | undefined {
  const each = secondsEach(stage, live, now);
  if (each === undefined) return undefined;
  const running = live.map((task) => secondsLeft(task, now) ?? Math.max(0, each - (now - task.startedAt) / 1000));
  const waiting = stage.tasks - settledCount(stage) - stage.running;
  let [work, longest] = [waiting * each, 0];
  for (const seconds of running) {
    work += seconds;
    longest = Math.max(longest, seconds);
  }
  return { work, longest };
}

/** What a task of a stage takes: the mean of those that are done, else what running trainings are going to take. */
function secondsEach({ done, taskSeconds }: StageModel, live: readonly TaskModel[], now: number): number | undefined {
  if (done > 0) return taskSeconds / done;
  const expected = live.flatMap((task) => {
    const left = secondsLeft(task, now);
    return left === undefined ? [] : [left + (now - task.startedAt) / 1000];
  });
  return expected.length === 0 ? undefined : expected.reduce((sum, seconds) => sum + seconds, 0) / expected.length;
}
