import { titleOf } from '../../plan/task-title.ts';
import type { RunEvent, TaskName } from '../../run/events.ts';

/** Counts of one stage's tasks. `cached` were there before; the rest is still to come. */
export interface StageState {
  readonly name: string;
  readonly kind: 'source' | 'map' | 'reduce';
  /** Items, for a source. */
  readonly tasks: number;
  cached: number;
  running: number;
  done: number;
  failed: number;
  skipped: number;
  /** Since the first of its tasks began, of `performance.now()`. */
  startedAt: number | undefined;
}

/** A task that runs, with its last figures. */
export interface LiveTask {
  readonly title: string;
  readonly stage: string;
  readonly startedAt: number;
  figures: Readonly<Record<string, number>>;
}

/** What is going on in a run, gathered from its events. */
export interface RunState {
  readonly stages: ReadonlyMap<string, StageState>;
  readonly live: ReadonlyMap<string, LiveTask>;
  apply(event: RunEvent): void;
}

export function createRunState(now: () => number = () => performance.now()): RunState {
  const stages = new Map<string, StageState>();
  const live = new Map<string, LiveTask>();
  const end = (task: TaskName) => {
    const stage = stages.get(task.stage);
    if (live.delete(titleOf(task)) && stage !== undefined) stage.running -= 1;
    return stage;
  };
  return {
    stages,
    live,
    apply(event) {
      switch (event.type) {
        case 'stage-planned': {
          const counts = { cached: 0, running: 0, done: 0, failed: 0, skipped: 0, startedAt: undefined };
          stages.set(event.stage, { name: event.stage, kind: event.kind, tasks: event.tasks, ...counts });
          return;
        }
        case 'task-cached':
          increase(stages.get(event.task.stage), 'cached');
          return;
        case 'task-started': {
          const stage = stages.get(event.task.stage);
          if (stage !== undefined) stage.startedAt ??= now();
          increase(stage, 'running');
          const title = titleOf(event.task);
          live.set(title, { title, stage: event.task.stage, startedAt: now(), figures: {} });
          return;
        }
        case 'task-progress': {
          const task = live.get(titleOf(event.task));
          if (task !== undefined) task.figures = event.figures;
          return;
        }
        case 'task-done':
          increase(end(event.task), 'done');
          return;
        case 'task-failed': {
          const stage = end(event.task);
          if (!event.willRetry) increase(stage, 'failed');
          return;
        }
        case 'task-skipped':
          increase(stages.get(event.task.stage), 'skipped');
          return;
        case 'run-started':
        case 'task-log':
        case 'waiting-for-run':
        case 'run-paused':
        case 'run-resumed':
        case 'damage-found':
        case 'result':
        case 'run-ended':
          return;
      }
    },
  };
}

/** Tasks of a stage that are over, one way or another. */
export const settledCount = ({ cached, done, failed, skipped }: StageState): number => cached + done + failed + skipped;

export const isComplete = (stage: StageState): boolean => stage.kind === 'source' || settledCount(stage) >= stage.tasks;

/** Figures in one line: `epoch 12 of 40, loss 0.834`. */
export function formatFigures(figures: Readonly<Record<string, number>>): string {
  const { epoch, epochs, ...rest } = figures;
  const parts = Object.entries(rest).map(([name, value]) => `${wordsOf(name)} ${formatFigure(value)}`);
  if (epoch === undefined) return parts.join(', ');
  return [`epoch ${epoch}${epochs === undefined ? '' : ` of ${epochs}`}`, ...parts].join(', ');
}

const formatFigure = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

/** `developmentUar` reads `development uar`. */
const wordsOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function increase(stage: StageState | undefined, count: 'cached' | 'running' | 'done' | 'failed' | 'skipped'): void {
  if (stage !== undefined) stage[count] += 1;
}
