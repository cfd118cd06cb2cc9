import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, Type, defineStage } from 'pipe/stage';

/** Stands for a training: its result on development data is a known function of its parameters, the fold and the epochs. */
export default defineStage({
  name: 'learn',
  description: 'Learns nothing, but takes its time',
  kind: 'reduce',
  params: Type.Object({
    seed: Type.Integer({ default: 0 }),
    depth: Type.Integer({ default: 3, maximum: 8 }),
    rate: Type.Number({ default: 0.01 }),
    kernels: Type.Optional(Type.Array(Type.Integer())),
    epochs: Type.Integer({ default: 4 }),
    stopAfter: Type.Optional(Type.Integer({ minimum: 1 })),
    milliseconds: Type.Integer({ default: 0, description: 'how long an epoch takes at least' }),
    failAt: Type.Optional(Type.Integer({ description: 'the depth that fails' })),
    log: Type.Optional(Type.String({ description: 'a file that gets a line for each epoch' })),
  }),
  columns: ['speaker'],
  inputs: { values: { items: 'json' }, folds: 'json', scale: { each: 'json', optional: true } },
  parts: { input: 'folds', axis: 'fold', use: ['train', 'development'] },
  pausable: { by: 'stopAfter', of: 'epochs' },
  outputs: { model: 'json', history: 'json' },
  async run({ values }, { seed, depth, rate, epochs, stopAfter = epochs, milliseconds, failAt, log }, context) {
    if (depth === failAt) throw new DataError('too-deep', `A depth of ${depth} is too much.`);
    const saved = await context.checkpoint.load();
    const state =
      saved === undefined
        ? { epoch: 0, sum: 0 }
        : (JSON.parse(new TextDecoder().decode(saved)) as { epoch: number; sum: number });
    const isBeyond = state.epoch > stopAfter;
    if (isBeyond) [state.epoch, state.sum] = [0, 0];
    let data = 0;
    for (const row of values) if (row.part === 'development') data += Number(await row.read());
    for (; state.epoch < stopAfter;) {
      if (milliseconds > 0) await sleep(milliseconds);
      if (log !== undefined) appendFileSync(log, `${JSON.stringify({ depth, rate, seed, epoch: state.epoch + 1 })}\n`);
      state.epoch += 1;
      state.sum += context.random(`noise/${state.epoch}`).uniform() * 1e-3;
      if (!isBeyond) await context.checkpoint.save(new TextEncoder().encode(JSON.stringify(state)));
      context.progress({ epoch: state.epoch, epochs });
    }
    const hasData = values.some(({ part }) => part === 'development');
    const quality = 1 - (depth - 4) ** 2 / 20 - (Math.log10(rate) + 2.5) ** 2 / 20 - 0.5 / (1 + state.epoch);
    const development = hasData ? quality + seed / 1000 + (data % 7) / 1000 : null;
    return {
      model: { depth, rate, epochs: state.epoch, sum: state.sum },
      history: { development, epochs: state.epoch },
    };
  },
});
