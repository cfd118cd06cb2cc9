export { fillRows, multiply, pack, packTransposed, sumRows, transpose } from './_gemm';
export { convolution, filterGradient, flip, narrow } from './_convolution';
export { winogradConvolution, winogradFilter, winogradFilterGradient, winogradInputs, winogradRows } from './_winograd';
export { winogradFilterGradient } from './_winograd-gradient';
export {
  fillWindow,
  normalise,
  prepare,
  statistics,
  updateMoving,
} from './_batch-norm';
export { inputGradient, parameterGradients, preparePart } from './_batch-norm-gradient';
export { lstm, lstmGradient } from './_lstm';
export { attention, attentionGradient } from './_attention';
export { adam, crossEntropy, product, relu, reluGradient, sgd, softmax, standardise } from './_elementwise';

/** Where the program's own data end. */
export function heapBase(): usize {
  return __heap_base;
}
