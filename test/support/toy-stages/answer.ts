import { Type, defineStage } from 'pipe/stage';

export default defineStage({
  name: 'answer',
  description: 'What the model says of the test items',
  kind: 'reduce',
  params: Type.Object({}),
  columns: ['id', 'label'],
  inputs: { model: 'tensors', values: { items: 'json' }, folds: 'json' },
  parts: { input: 'folds', axis: 'fold', use: ['test'] },
  outputs: { answers: 'json' },
  async run({ model, values }) {
    const sum = model.tensors['sum']?.data[0] ?? 0;
    const answers = [];
    for (const row of values) answers.push({ id: row.columns['id'] ?? '', value: Number(await row.read()) - sum });
    return { answers };
  },
});
