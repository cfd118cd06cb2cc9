import { defineView, type CurvePart } from '../src/stage/index.ts';
import { attentionOf } from './predict/attention.ts';

/** How much each time step of a segment counted in the attention pooling; the weights of a segment sum to 1. */
export default defineView({
  outputs: { attention: 'tensors' },
  view({ outputs: { attention }, unit }) {
    const found = attentionOf(attention, unit);
    if (!found) return [];
    const { weights, framesPerStep, segments } = found;
    const [count = 0, steps = 0] = weights.shape;
    return Array.from({ length: count }, (_, row): CurvePart => ({
      kind: 'curve',
      title: 'Attention',
      piece: segments?.[row] ?? row,
      edges: Array.from({ length: steps + 1 }, (_, step) => step * framesPerStep),
      values: [...weights.data.slice(row * steps, (row + 1) * steps)],
    }));
  },
});
