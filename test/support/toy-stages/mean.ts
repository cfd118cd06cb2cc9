import { Type, defineStage } from 'pipe/stage';

export default defineStage({
  name: 'mean',
  description: 'Mean of an array, rounded',
  kind: 'map',
  params: Type.Object({}),
  inputs: { codes: 'array' },
  outputs: { mean: 'json' },
  run({ codes }) {
    let sum = 0;
    for (const value of codes.data) sum += value;
    return { mean: Math.round(sum / codes.data.length) };
  },
});
