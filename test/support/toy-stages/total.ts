import { Type, defineStage } from 'pipe/stage';

export default defineStage({
  name: 'total',
  description: 'All answers of a seed',
  kind: 'reduce',
  params: Type.Object({}),
  inputs: { answers: { each: 'json' } },
  outputs: { total: 'json' },
  async run({ answers }) {
    const lists = await Promise.all(answers.map(async ({ point, read }) => [point['fold'], await read()]));
    return { total: { folds: lists.length, digest: JSON.stringify(lists).length } };
  },
});
