export { Type, type Static } from '@sinclair/typebox';
export type * from './artifact.ts';
export type * from './context.ts';
export type * from './engine.ts';
export { canonicalJson, decodeArtifact, encodeArtifact } from './codecs/index.ts';
export { DataError } from './data-error.ts';
export { defineSource, defineStage } from './define-stage.ts';
export type * from './define-stage.ts';
export { randomStream, type RandomStream } from './random.ts';
