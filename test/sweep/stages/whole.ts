import { Type, defineStage } from 'pipe/stage';

/** What nothing that is chosen may depend on: it has seen every item, those of the test part too. */
export default defineStage({
  name: 'whole',
  description: 'How many items there are, and the largest value of all',
  kind: 'reduce',
  params: Type.Object({}),
  inputs: { values: { items: 'json' } },
  outputs: { scale: 'json' },
  async run({ values }) {
    const numbers = await Promise.all(values.map(async (row) => Number(await row.read())));
    return { scale: { items: values.length, largest: Math.max(...numbers) } };
  },
});
