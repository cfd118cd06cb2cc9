export { networkConfig, optimiserConfig, type NetworkConfig, type OptimiserConfig } from './config.ts';
export { createNetwork } from './network.ts';
export type { Batch, Network, NetworkShape, Prediction, TrainBatch, TrainOptions } from './network.ts';
export { createOptimiser, type NamedTensors, type Optimiser } from './optimiser.ts';
export { fitScaling, type ScaledSegments, type Scaling } from './scaling.ts';
