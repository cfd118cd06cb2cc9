import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, EngineTensor } from '../../src/stage/index.ts';

/** Tests how tensors and data sets are made, read, kept and freed. */
export function describeTensors(name: string, create: () => Promise<Engine>): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await create();
  });

  describe(`tensors of the ${name} engine`, () => {
    test('are zeros, or the numbers that were given, and are read as a copy', async () => {
      expect(await engine.read(engine.tensor([2, 2]))).toEqual(new Float32Array(4));
      const tensor = engine.tensor([3], Float32Array.of(1, 2, 3));
      const copy = await engine.read(tensor);
      engine.write(tensor, Float32Array.of(4, 5, 6));
      expect(copy).toEqual(Float32Array.of(1, 2, 3));
      expect(await engine.read(tensor)).toEqual(Float32Array.of(4, 5, 6));
    });

    test('refuse the wrong number of numbers', () => {
      expect(() => engine.tensor([2], Float32Array.of(1))).toThrow('1 numbers for [2]');
      expect(() => engine.reshape(engine.tensor([2, 3]), [5])).toThrow('cannot see 6 numbers as [5]');
    });

    test('are gone after their scope, but for those that were kept', async () => {
      let inner: EngineTensor | undefined;
      const kept = engine.scope((keep) => {
        inner = engine.tensor([1]);
        return keep(engine.tensor([1], Float32Array.of(7)));
      });
      expect(await engine.read(kept)).toEqual(Float32Array.of(7));
      await expect(engine.read(inner ?? kept)).rejects.toThrow('used after it was freed');
    });

    test('are gone after a scope that fails, and one kept in an inner scope goes with the outer one', async () => {
      const made: EngineTensor[] = [];
      expect(() =>
        engine.scope(() => {
          made.push(engine.scope((keep) => keep(engine.tensor([1]))));
          expect(() => engine.reshape(made[0] ?? expect.fail(), [1, 1])).not.toThrow();
          throw new Error('stop');
        }),
      ).toThrow('stop');
      expect(() => engine.reshape(made[0] ?? expect.fail(), [1, 1])).toThrow('used after it was freed');
    });

    test('share their numbers with their reshaped views', async () => {
      const tensor = engine.tensor([2, 2], Float32Array.of(1, 2, 3, 4));
      const view = engine.reshape(tensor, [4]);
      engine.write(tensor, Float32Array.of(5, 6, 7, 8));
      expect(await engine.read(view)).toEqual(Float32Array.of(5, 6, 7, 8));
      engine.dispose(view);
      await expect(engine.read(tensor)).rejects.toThrow('used after it was freed');
    });

    test('belong to their engine', async () => {
      const other = await create();
      expect(() => engine.relu({ shape: [1] })).toThrow('belongs to another engine');
      expect(() => engine.relu(other.tensor([1]))).toThrow('belongs to another engine');
    });
  });

  describe(`a data set of the ${name} engine`, () => {
    test('gives standardised rows in the order asked for', async () => {
      const data = engine.dataset([2, 3]);
      data.add(Float32Array.of(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15));
      data.add(Float32Array.of(20, 21, 22, 23, 24, 25));
      expect(data.rows).toBe(3);
      const mean = engine.tensor([3], Float32Array.of(1, 0, 0));
      const scale = engine.tensor([3], Float32Array.of(1, 2, 10));
      const batch = engine.gather(data, [2, 0], mean, scale);
      expect(batch.shape).toEqual([2, 2, 3]);
      const expected = [19, 42, 220, 22, 48, 250, -1, 2, 20, 2, 8, 50];
      expect(await engine.read(batch)).toEqual(Float32Array.from(expected));
    });

    test('refuses parts of rows and rows that it does not have', () => {
      const data = engine.dataset([2, 3]);
      expect(() => data.add(new Float32Array(7))).toThrow('7 numbers are no rows of 6');
      const one = engine.tensor([3]);
      expect(() => engine.gather(data, [0], one, one)).toThrow('row 0 of 0');
    });
  });
}
