import { Type, defineStage } from 'pipe/stage';

/** Stands for training: in a process of its own, in steps, with a checkpoint after each. */
export default defineStage({
  name: 'fit',
  description: 'Adds up means and noise',
  kind: 'reduce',
  isolate: 'process',
  params: Type.Object({ seed: Type.Integer(), steps: Type.Integer({ default: 5 }) }),
  columns: ['label'],
  inputs: { values: { items: 'json' }, folds: 'json' },
  parts: { input: 'folds', axis: 'fold', use: ['train'] },
  outputs: { model: 'tensors' },
  async run({ values }, { steps }, context) {
    const random = context.random('noise');
    const saved = await context.checkpoint.load();
    const state =
      saved === undefined
        ? { step: 0, sum: 0, random: random.state() }
        : (JSON.parse(new TextDecoder().decode(saved)) as { step: number; sum: number; random: readonly number[] });
    random.restore(state.random);
    for (; state.step < steps; state.step++) {
      for (const row of values) state.sum += Number(await row.read()) * random.uniform();
      state.random = random.state();
      await context.checkpoint.save(new TextEncoder().encode(JSON.stringify({ ...state, step: state.step + 1 })));
      context.progress({ step: state.step + 1, steps });
    }
    return { model: { tensors: { sum: { shape: [1], data: Float64Array.of(state.sum) } }, metadata: {} } };
  },
});
