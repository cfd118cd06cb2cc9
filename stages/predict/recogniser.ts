import type { StageContext } from '../../src/stage/index.ts';
import { createNetwork } from '../network/index.ts';
import { requireShape, type UtteranceFeatures } from '../train/features.ts';
import type { Model } from '../train/model.ts';

/** What a model answers to the segments of one utterance. */
export interface Recognition {
  /** The posterior of each class for each segment, [segments][classes]. */
  readonly posteriors: readonly (readonly number[])[];
  /** Row-major [segments, steps]: how much each time step counts; the weights of a segment sum to 1. */
  readonly attention: Float32Array;
}

export interface Recogniser {
  /** Time steps of a segment that attention weighs, and how many frames of the features are in each, from the first. */
  readonly steps: number;
  readonly framesPerStep: number;
  /**
   * Answers to utterances, in their order. Each is handed to the engine when it comes, which then has the only copy.
   *
   * @throws Error when an utterance is not of the model's shape
   */
  recognise(utterances: AsyncIterable<UtteranceFeatures>): Promise<readonly Recognition[]>;
}

/** Sets up a trained network on the context's engine. Throws `DataError` when the weights are not the network's. */
export function createRecogniser(model: Model, { engine }: Pick<StageContext, 'engine'>): Recogniser {
  const size = { input: model.input, classes: model.classes.length };
  const network = createNetwork(engine, model.network, size, model.scaling, undefined);
  network.load(model.weights);
  const { steps, framesPerStep } = network;
  return {
    steps,
    framesPerStep,
    async recognise(utterances) {
      const data = engine.dataset(model.input);
      const frames: number[] = [];
      const spans: [start: number, end: number][] = [];
      for await (const utterance of utterances) {
        requireShape(model.input, utterance);
        spans.push([frames.length, frames.length + utterance.frames.length]);
        for (const count of utterance.frames) frames.push(count);
        data.add(utterance.features);
      }
      const { probabilities, attention } = await network.predict({ data, rows: frames.map((_, row) => row), frames });
      data.dispose();
      return spans.map(([start, end]) => ({
        posteriors: rowsOf(probabilities, size.classes, start, end),
        attention: attention.slice(start * steps, end * steps),
      }));
    },
  };
}

function rowsOf(values: Float32Array, width: number, start: number, end: number): number[][] {
  return Array.from({ length: end - start }, (_, index) => {
    const from = (start + index) * width;
    return [...values.subarray(from, from + width)];
  });
}
