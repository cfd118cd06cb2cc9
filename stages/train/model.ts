import type { NumericArray, Tensors } from '../../src/stage/index.ts';
import type { NetworkConfig, Scaling } from '../network/index.ts';

/** A trained network with all that predicting needs. */
export interface Model {
  readonly network: NetworkConfig;
  readonly classes: readonly string[];
  /** [frames, scales, strips] of a segment. */
  readonly input: readonly number[];
  readonly scaling: Scaling;
  readonly weights: Readonly<Record<string, NumericArray>>;
  /** Whether it was trained on the labels as given, or is a control. */
  readonly labels: TrainingLabels;
}

export type TrainingLabels = 'as given' | 'permuted within speaker';

interface Description {
  readonly network: NetworkConfig;
  readonly classes: readonly string[];
  readonly input: readonly number[];
  readonly labels: TrainingLabels;
}

const weightPrefix = 'weights.';

/** The model as an artifact: weights and scaling as tensors, the rest as JSON in the metadata. */
export function encodeModel({ weights, scaling, network, classes, input, labels }: Model): Tensors {
  const description: Description = { network, classes, input, labels };
  const shape = input.slice(1);
  return {
    tensors: {
      ...Object.fromEntries(Object.entries(weights).map(([name, array]) => [weightPrefix + name, array])),
      'scaling.mean': { shape, data: scaling.mean },
      'scaling.deviation': { shape, data: scaling.deviation },
    },
    metadata: { model: JSON.stringify(description) },
  };
}

/** @throws Error when the tensors are not what `encodeModel` makes */
export function decodeModel({ tensors, metadata }: Tensors): Model {
  const text = metadata.model;
  if (text === undefined) throw new Error('these tensors are not a model: no description in their metadata');
  const description = JSON.parse(text) as Description;
  const weights = Object.entries(tensors).flatMap(([name, array]) =>
    name.startsWith(weightPrefix) ? [[name.slice(weightPrefix.length), array] as const] : [],
  );
  const scaling = { mean: floats(tensors, 'scaling.mean'), deviation: floats(tensors, 'scaling.deviation') };
  return { ...description, scaling, weights: Object.fromEntries(weights) };
}

function floats(tensors: Tensors['tensors'], name: string): Float32Array {
  const data = tensors[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`these tensors are not a model: no float32 ${name}`);
}
