import type { RunEvent } from '../run/events.ts';
import type { JobFailure } from '../run/job.ts';
import type { FileFault } from './list-files.ts';
import type { NewDataPlan } from './new-data-plan.ts';

export interface PredictProgress {
  readonly files: number;
  /** Files that are prepared, or failed on their way. */
  readonly ready: number;
  /** Of all that is to be done before the models answer, the part that is done, 0 to 1. */
  readonly share: number;
  /** Files that the models have answered about, once they have begun. */
  readonly answered: number | undefined;
}

export interface RunWatch {
  event(event: RunEvent): void;
  /** The files whose preparation failed, each by its first failure. */
  faults(): FileFault[];
  /** Why the answering stage, or a task of no file, failed. */
  failure(): JobFailure | undefined;
}

/** Follows a run by its events. */
export function watchRun(
  files: number,
  { maps, answering }: NewDataPlan,
  onProgress: (progress: PredictProgress) => void,
): RunWatch {
  const settled = new Map<string, number>();
  const faults = new Map<string, FileFault>();
  let failure: JobFailure | undefined;
  let ready = 0;
  let steps = 0;
  let answered: number | undefined;
  const settle = (item: string) => {
    const count = (settled.get(item) ?? 0) + 1;
    settled.set(item, count);
    steps += 1;
    if (count === maps.length) ready += 1;
  };
  const tell = () => onProgress({ files, ready, share: steps / Math.max(1, files * maps.length), answered });
  return {
    event(event) {
      if (!('task' in event)) return;
      const { item, stage } = event.task;
      if (event.type === 'task-failed' && !event.willRetry) {
        if (item === undefined) failure ??= event.failure;
        else if (!faults.has(item)) faults.set(item, faultOf(item, event.failure));
      }
      if (item !== undefined && settles(event)) settle(item);
      if (stage === answering && event.type === 'task-started') answered = 0;
      if (stage === answering && event.type === 'task-progress') answered = event.figures.recognised ?? answered;
      tell();
    },
    faults: () => [...faults.values()],
    failure: () => failure,
  };
}

const settles = (event: RunEvent): boolean =>
  event.type === 'task-done' ||
  event.type === 'task-cached' ||
  event.type === 'task-skipped' ||
  (event.type === 'task-failed' && !event.willRetry);

const faultOf = (id: string, { code, message, advice, reason }: JobFailure): FileFault => ({
  id,
  code,
  message,
  advice: advice === undefined ? undefined : forPredicting(advice),
  reason,
});

/** Stages advise who owns the corpus and the pipeline: who predicts has a file, and a run that is over. */
export function forPredicting(advice: string): string {
  if (/\bSet `|\bset `/.test(advice)) return 'The run does not take such files: convert it, or leave it out.';
  return advice
    .replace(/[,;] (?:or )?leave it out of the corpus/, ', or leave it out')
    .replace(/, or change the parameters of `[\w-]+`/, '');
}
