import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packState, unpackState } from '../../../stages/train/checkpoint.ts';

it('a packed state comes back with the same bits, wherever its bytes lie in memory', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.]{0,9}$/);
  const data = fc.oneof(fc.float32Array(), fc.float64Array(), fc.int32Array(), fc.uint8Array());
  const array = data.map((values) => ({ shape: [values.length], data: values }));
  const group = fc.dictionary(name, array, { minKeys: 1, noNullPrototype: true });
  const groups = fc.dictionary(name, group, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), groups, (facts, arrays) => {
      const packed = packState({ facts, arrays });
      const shifted = new Uint8Array(packed.length + 3);
      shifted.set(packed, 3);
      expect(unpackState(shifted.subarray(3))).toEqual({ facts, arrays });
    }),
    { numRuns: 50 },
  );
});
