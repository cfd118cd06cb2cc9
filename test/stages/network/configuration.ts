import type { NetworkConfig, OptimiserConfig } from '../../../stages/network/index.ts';

/** A small configuration without dropout, with `changes`. */
export function configuration(changes: Partial<NetworkConfig> = {}): NetworkConfig {
  return {
    depth: 3,
    convolution: '2d',
    leak: 0.1,
    lstm: 6,
    mask: 'none',
    dense: 7,
    dropout: { sequence: 0, pooled: 0, dense: 0 },
    batchNorm: { momentum: 0.1, epsilon: 1e-5 },
    ...changes,
  };
}

export function optimiserSettings(kind: 'adam' | 'sgd'): OptimiserConfig {
  return { kind, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum: 0.9 };
}
