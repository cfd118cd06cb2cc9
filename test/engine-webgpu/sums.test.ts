import fc from '../support/fast-check.ts';
import { expect, test } from 'vitest';
import { chunksOf } from '../../src/engine/webgpu/sums.ts';

test('the chunks of a sum cover all rows, and none is empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (rows) => {
      const chunks = chunksOf(rows);
      const ofEach = Math.ceil(rows / chunks);
      expect(chunks).toBeLessThanOrEqual(256);
      expect(chunks * ofEach).toBeGreaterThanOrEqual(rows);
      expect((chunks - 1) * ofEach).toBeLessThan(rows);
    }),
  );
});
