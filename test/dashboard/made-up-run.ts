import { createRunModel } from '../../src/dashboard/create-run-model.ts';
import type { RunModel } from '../../src/dashboard/run-model.ts';
import type { JobFailure } from '../../src/run/job.ts';
import type { RunEvent, TaskName } from '../../src/run/events.ts';
import type { ActionKey } from '../../src/store/types.ts';

/** When the made-up run begins; all its times count from here. */
export const beginning = Date.parse('2026-01-02T03:04:05.000Z');
export const after = (seconds: number): number => beginning + 1000 * seconds;

export const item = (stage: string, id: string): TaskName => ({ stage, item: id, point: {} });
export const fold = (name: string, seed = 1): TaskName => ({ stage: 'model', point: { fold: name, seed } });

const key = 'a'.repeat(64) as ActionKey;
export const started = (task: TaskName, why = 'stage model has no result yet'): RunEvent => ({
  type: 'task-started',
  task,
  key,
  why,
});
export const done = (task: TaskName, seconds = 1): RunEvent => ({ type: 'task-done', task, key, outputs: {}, seconds });
export const cached = (task: TaskName): RunEvent => ({ type: 'task-cached', task, key, outputs: {} });
export const said = (task: TaskName, message: string): RunEvent => ({ type: 'task-log', task, message });
export const told = (task: TaskName, figures: Record<string, number>): RunEvent => ({
  type: 'task-progress',
  task,
  figures,
});
export const failed = (task: TaskName, more: Partial<JobFailure> = {}, willRetry = false): RunEvent => ({
  type: 'task-failed',
  task,
  attempt: 1,
  willRetry,
  failure: { status: 'failed', reason: 'threw', code: 'stage-threw', message: 'no speech in it', ...more },
});
export const planned = (
  stage: string,
  kind: 'source' | 'map' | 'reduce',
  tasks: number,
  engine?: string,
): RunEvent => ({ type: 'stage-planned', stage, uses: stage, kind, tasks, ...(engine !== undefined && { engine }) });
export const runStarted: RunEvent = {
  type: 'run-started',
  run: '20260102-030405-3f9a1c07',
  pipeline: 'demo',
  spec: '/project/demo.yaml',
  at: new Date(beginning).toISOString(),
};
export const runEnded = (status: 'done' | 'failed' | 'interrupted', seconds: number): RunEvent => ({
  type: 'run-ended',
  status,
  counts: { cached: 0, done: 0, failed: 0, skipped: 0 },
  seconds,
  at: new Date(after(seconds)).toISOString(),
});

/** Loss falls and UAR rises, as they do. */
export const figuresAt = (epoch: number, epochs: number): Record<string, number> => ({
  epoch,
  epochs,
  loss: 1.4 * Math.exp(-epoch / 8),
  developmentUar: 0.25 + (0.55 * epoch) / (epoch + 6) + (epoch % 3) / 50,
});

/** One minute into a run: most is cached, two stages are at work, two trainings are live, one has failed and one is done. */
export function runInTheMiddle(): RunModel {
  const model = createRunModel(() => after(0));
  const apply = (seconds: number, ...events: readonly RunEvent[]) => {
    for (const event of events) model.apply(event, after(seconds));
  };
  apply(0, runStarted, planned('corpus', 'source', 80));
  for (const stage of ['audio', 'levelled', 'speech', 'segments', 'scalogram']) apply(0, planned(stage, 'map', 80));
  const ids = Array.from({ length: 80 }, (_, index) => `0${3 + (index % 5)}a${String(index).padStart(2, '0')}`);
  for (const stage of ['audio', 'levelled', 'speech', 'segments'])
    apply(0.1, ...ids.map((id) => cached(item(stage, id))));
  apply(0.2, planned('split', 'reduce', 1), cached({ stage: 'split', point: {} }));
  apply(0.3, planned('model', 'reduce', 15, 'wasm'), planned('answers', 'reduce', 15, 'wasm'));
  apply(0.3, planned('scores', 'reduce', 3), planned('summary', 'reduce', 1));
  for (const [index, id] of ids.slice(0, 62).entries()) {
    apply(1 + index / 4, started(item('scalogram', id), 'scales: 64 -> 32'));
    apply(1 + (index + 1) / 4, done(item('scalogram', id), 0.25));
  }
  apply(17, started(fold('03')), said(fold('03'), '87 training and 12 development segments, 84532 weights'));
  for (let epoch = 1; epoch <= 15; epoch++) apply(17 + 2 * epoch, told(fold('03'), figuresAt(epoch, 15)));
  apply(48, done(fold('03'), 31), started(fold('08')), started(fold('09')));
  apply(49, said(fold('08'), '85 training and 12 development segments, 84532 weights'));
  apply(50, failed(fold('09'), { code: 'training-diverged', reason: 'data', message: 'The loss is NaN in epoch 1.' }));
  apply(50, started(fold('11')));
  for (let epoch = 1; epoch <= 5; epoch++) apply(49 + 2 * epoch, told(fold('08'), figuresAt(epoch, 15)));
  for (let epoch = 1; epoch <= 3; epoch++) apply(52 + 2 * epoch, told(fold('11'), figuresAt(epoch, 15)));
  apply(59, started(item('scalogram', '07a63'), 'scales: 64 -> 32'));
  return model;
}
