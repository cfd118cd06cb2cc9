import fc from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { PipeError } from '../../src/errors.ts';
import { createMemoryPool } from '../../src/engine/wasm/memory-pool.ts';

const page = 65536;

describe('the memory pool', () => {
  test('never hands out a byte twice, and has everything back when all is freed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.boolean()), { maxLength: 60 }),
        (orders) => {
          const memory = new WebAssembly.Memory({ initial: 1 });
          const pool = createMemoryPool(memory, 1000);
          const held = new Map<number, number>();
          for (const [bytes, thenFree] of orders) {
            const address = pool.allocate(bytes);
            expect(address % 64).toBe(0);
            expect(address).toBeGreaterThanOrEqual(1000);
            expect(address + bytes).toBeLessThanOrEqual(memory.buffer.byteLength);
            for (const [other, size] of held) expect(address + bytes <= other || other + size <= address).toBe(true);
            held.set(address, bytes);
            const [oldest] = held.keys();
            if (thenFree && oldest !== undefined) {
              pool.free(oldest);
              held.delete(oldest);
            }
          }
          for (const address of held.keys()) pool.free(address);
          expect(pool.used()).toBe(0);
          const whole = memory.buffer.byteLength - 1024 - 64;
          pool.allocate(whole);
          expect(memory.buffer.byteLength, 'grown although all was free').toBe(whole + 1024 + 64);
        },
      ),
    );
  });

  test('leaves room behind each piece for the last vector', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const pool = createMemoryPool(memory, 0);
    expect(pool.allocate(64)).toBe(0);
    expect(pool.allocate(1)).toBe(128);
  });

  test('says that a network is too large for the memory', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
    const pool = createMemoryPool(memory, 0);
    expect(() => pool.allocate(5 * page)).toThrow(PipeError);
    expect(() => pool.allocate(5 * page)).toThrow(/wasm engine cannot have/);
    expect(pool.allocate(page)).toBe(0);
  });

  test('refuses to free what it never gave', () => {
    const pool = createMemoryPool(new WebAssembly.Memory({ initial: 1 }), 0);
    const address = pool.allocate(8);
    pool.free(address);
    expect(() => pool.free(address)).toThrow(/nothing is allocated/);
  });
});
