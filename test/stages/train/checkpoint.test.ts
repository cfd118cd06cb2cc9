import fc from '../../support/fast-check.ts';
import { expect, it } from 'vitest';
import { packState, unpackState } from '../../../stages/train/checkpoint.ts';

it('a packed state comes back with the same bits, wherever its bytes lie in memory', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.]{0,9}$/);
  const short = { maxLength: 5 };
  const data = fc.oneof(fc.float32Array(short), fc.float64Array(short), fc.int32Array(short), fc.uint8Array(short));
  const array = data.map((values) => ({ shape: [values.length], data: values }));
  const group = fc.dictionary(name, array, { minKeys: 1, maxKeys: 4, noNullPrototype: true });
  const groups = fc.dictionary(name, group, { maxKeys: 4, noNullPrototype: true });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), groups, (facts, arrays) => {
      const packed = packState({ facts, arrays });
      const shifted = new Uint8Array(packed.length + 3);
      shifted.set(packed, 3);
      expect(unpackState(shifted.subarray(3))).toEqual({ facts, arrays });
    }),
    { numRuns: 40 },
  );
});
