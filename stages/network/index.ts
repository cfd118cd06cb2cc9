export { networkConfig, optimiserConfig, type NetworkConfig, type OptimiserConfig } from './config.ts';
export {
  createNetwork,
  type Batch,
  type Network,
  type TrainBatch,
  type NetworkShape,
  type Prediction,
} from './network.ts';
export { createOptimiser, type Optimiser } from './optimiser.ts';
export { fitScaling, type Scaling } from './scaling.ts';
