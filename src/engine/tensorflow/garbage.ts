import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of arrays that may pile up: collecting takes some milliseconds. */
const collectEvery = 16e6;

let piled = 0;

/**
 * To be told of arrays of so many bytes that nobody needs for long. JavaScript does not know how much memory TensorFlow
 * takes, and would let them pile up beside it.
 */
export function countGarbage(bytes: number): void {
  piled += bytes;
  if (piled > collectEvery) collectGarbage();
}

export function collectGarbage(): void {
  piled = 0;
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
}
