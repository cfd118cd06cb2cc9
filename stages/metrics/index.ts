export * from './confusion-matrix.ts';
export * from './mean.ts';
export * from './recall.ts';
