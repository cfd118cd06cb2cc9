import { Type, type Static } from '../../src/stage/index.ts';

const positions = Type.Array(Type.Integer({ minimum: 1, maximum: 64 }), { minItems: 2, maxItems: 3 });
const share = (description: string, value: number) =>
  Type.Number({ minimum: 0, exclusiveMaximum: 1, default: value, description });

/** One entry for each block: told before anything runs. */
const blocksOf = (depth: number) => {
  const list = {
    type: 'array',
    minItems: depth,
    maxItems: depth,
    title: `a list of ${depth} entries, one for each block`,
  };
  return {
    if: { required: ['depth'], properties: { depth: { const: depth } } },
    then: { properties: { filters: list, kernels: list, pools: list } },
  };
};

/** Schema of the `network` parameter of training. Lists that are left out follow from `depth` and `convolution`. */
export const networkConfig = Type.Object(
  {
    depth: Type.Integer({ minimum: 3, maximum: 6, default: 3, description: 'feature learning blocks' }),
    filters: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 1024 }), { description: 'filters of each block' }),
    ),
    kernels: Type.Optional(
      Type.Array(positions, { description: '[frames, scales] of each block; [frames, scales, strips] with 3d' }),
    ),
    pools: Type.Optional(
      Type.Array(positions, {
        description: 'max-pooling after each block, shaped as kernels; 1 leaves an axis as it is',
      }),
    ),
    convolution: Type.Union([Type.Literal('2d'), Type.Literal('3d')], {
      default: '2d',
      description: '2d: strips are channels; 3d: strips are a third axis',
    }),
    leak: Type.Number({ minimum: 0, maximum: 1, default: 0.1, description: 'slope of the leaky ReLU below zero' }),
    lstm: Type.Integer({ minimum: 1, maximum: 1024, default: 128, description: 'LSTM cells of each direction' }),
    mask: Type.Union([Type.Literal('none'), Type.Literal('valid')], {
      default: 'none',
      description: 'valid: attention leaves out steps that hold only padding',
    }),
    dense: Type.Integer({ minimum: 0, maximum: 4096, default: 64, description: 'units before the output; 0 for none' }),
    dropout: Type.Object(
      {
        sequence: share('of the inputs of the LSTM', 0),
        pooled: share('of the outputs of attention', 0.3),
        dense: share('of the outputs of the dense layer', 0.3),
      },
      { default: {}, additionalProperties: false },
    ),
    batchNorm: Type.Object(
      {
        momentum: Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.1,
          description: 'share of the newest batch in the moving statistics, as in PyTorch',
        }),
        epsilon: Type.Number({ exclusiveMinimum: 0, default: 1e-5, description: 'added to the variance' }),
      },
      { default: {}, additionalProperties: false },
    ),
  },
  { default: {}, additionalProperties: false, allOf: [3, 4, 5, 6].map(blocksOf) },
);

/** With defaults filled in. */
export type NetworkConfig = Static<typeof networkConfig>;

/** Schema of the `optimiser` parameter of training; the learning rate is given with every step. */
export const optimiserConfig = Type.Object(
  {
    kind: Type.Union([Type.Literal('adam'), Type.Literal('sgd')], { default: 'adam' }),
    beta1: share('adam: decay of the first moment', 0.9),
    beta2: share('adam: decay of the second moment', 0.999),
    epsilon: Type.Number({ exclusiveMinimum: 0, default: 1e-8, description: 'adam: added to the root' }),
    momentum: share('sgd: share of the last step that is kept', 0.9),
  },
  { default: {}, additionalProperties: false },
);

/** With defaults filled in. */
export type OptimiserConfig = Static<typeof optimiserConfig>;
