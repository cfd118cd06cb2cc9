import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type, defineStage } from 'pipe/stage';

/** Stands for training: in a process of its own, in steps, with a checkpoint after each. */
export default defineStage({
  name: 'fit',
  description: 'Adds up means and noise',
  kind: 'reduce',
  isolate: 'process',
  params: Type.Object({
    seed: Type.Integer(),
    steps: Type.Integer({ default: 5 }),
    stepMilliseconds: Type.Integer({ default: 0, description: 'How long a step takes at least' }),
    log: Type.Optional(Type.String({ description: 'A file that gets a line for each training' })),
  }),
  columns: ['label'],
  inputs: { values: { items: 'json' }, folds: 'json' },
  parts: { input: 'folds', axis: 'fold', use: ['train'] },
  outputs: { model: 'tensors' },
  async run({ values }, { steps, stepMilliseconds, log }, context) {
    if (log !== undefined) appendFileSync(log, 'training\n');
    const random = context.random('noise');
    const saved = await context.checkpoint.load();
    const state =
      saved === undefined
        ? { step: 0, sum: 0, random: random.state() }
        : (JSON.parse(new TextDecoder().decode(saved)) as { step: number; sum: number; random: readonly number[] });
    random.restore(state.random);
    for (; state.step < steps; state.step++) {
      for (const row of values) state.sum += Number(await row.read()) * random.uniform();
      if (stepMilliseconds > 0) await sleep(stepMilliseconds);
      state.random = random.state();
      await context.checkpoint.save(new TextEncoder().encode(JSON.stringify({ ...state, step: state.step + 1 })));
      context.progress({ step: state.step + 1, steps });
    }
    return { model: { tensors: { sum: { shape: [1], data: Float64Array.of(state.sum) } }, metadata: {} } };
  },
});
