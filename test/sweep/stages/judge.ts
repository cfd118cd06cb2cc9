import { appendFileSync } from 'node:fs';
import { Type, defineStage } from 'pipe/stage';

/** Reads the test data, and says so. */
export default defineStage({
  name: 'judge',
  description: 'What a model says of the test items',
  kind: 'reduce',
  params: Type.Object({ log: Type.Optional(Type.String({ description: 'a file that gets a line for each fold' })) }),
  columns: ['id'],
  inputs: { model: 'json', values: { items: 'json' }, folds: 'json' },
  parts: { input: 'folds', axis: 'fold', use: ['test'] },
  outputs: { verdict: 'json' },
  run({ model, values }, { log }) {
    if (log !== undefined) appendFileSync(log, `${JSON.stringify(model)}\n`);
    return { verdict: { model, items: values.length, development: 1 } };
  },
});
