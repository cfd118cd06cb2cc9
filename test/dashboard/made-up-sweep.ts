import { type SweepModel, createSweepModel } from '../../src/dashboard/sweep-model.ts';
import type { SweepEvent } from '../../src/sweep/events.ts';
import type { TrialRecord } from '../../src/sweep/sweep-record.ts';
import { after, beginning, figuresAt, fold, planned, runStarted, started, told } from './made-up-run.ts';

export const trialRecord = (trial: number, objective: number | null, more: Partial<TrialRecord> = {}): TrialRecord => ({
  search: '',
  trial,
  configuration: configuration(trial),
  overrides: [],
  status: objective === null ? 'failed' : 'done',
  replicates: [
    { point: { fold: '03', seed: 1 }, value: objective },
    { point: { fold: '08', seed: 1 }, value: objective },
  ],
  objective,
  cost: { epochs: 30, seconds: 62 },
  run: `demo/20260102-03${String(trial).padStart(2, '0')}00-00000000`,
  ...more,
});

export const configuration = (trial: number): TrialRecord['configuration'] => ({
  'stages.model.with.network.depth': 3 + (trial % 4),
  'stages.model.with.rate': 0.001 * trial,
});

export const sweepStarted: SweepEvent = {
  type: 'sweep-started',
  sweep: 'demo-depth',
  id: '20260102-030405-5a3b99aa',
  folder: '/project/experiments/.sweeps/demo-depth/20260102-030405-5a3b99aa',
  pipeline: 'demo',
  strategy: 'tpe',
  objective: {
    text: 'model.history.development',
    direction: 'maximise',
    stage: 'model',
    output: 'history',
    field: ['development'],
  },
  choice: 'pooled',
  parallel: 2,
  trials: 40,
  at: new Date(beginning).toISOString(),
};

const objectives = [0.512, 0.587, null, 0.701, 0.634, 0.698, 0.655];

/** Ten minutes into a sweep: seven trials are over, one of them failed, and two run. */
export function sweepInTheMiddle(): SweepModel {
  const model = createSweepModel(() => after(0));
  const records: TrialRecord[] = [];
  model.apply(sweepStarted, after(0));
  for (const [index, objective] of objectives.entries()) {
    const trial = index + 1;
    begin(model, trial, 80 * index);
    const error =
      objective === null ? { error: { code: 'training-diverged', message: 'The loss is NaN in epoch 2.' } } : {};
    records.push(trialRecord(trial, objective, error));
    const best = [...records].sort((a, b) => (b.objective ?? 0) - (a.objective ?? 0))[0];
    const record = records.at(-1);
    if (record !== undefined) model.apply({ type: 'trial-ended', record, best }, after(80 * trial));
  }
  for (const trial of [8, 9]) {
    begin(model, trial, 560);
    const name = { search: '', trial };
    model.apply({ type: 'trial-event', name, event: runStarted }, after(560));
    model.apply({ type: 'trial-event', name, event: planned('model', 'reduce', 2, 'wasm') }, after(561));
    model.apply({ type: 'trial-event', name, event: started(fold('03')) }, after(562));
    for (let epoch = 1; epoch <= trial; epoch++)
      model.apply({ type: 'trial-event', name, event: told(fold('03'), figuresAt(epoch, 15)) }, after(562 + 4 * epoch));
  }
  return model;
}

function begin(model: SweepModel, trial: number, seconds: number): void {
  const name = { search: '', trial };
  model.apply({ type: 'trial-started', name, configuration: configuration(trial), run: 'r' }, after(seconds));
}
