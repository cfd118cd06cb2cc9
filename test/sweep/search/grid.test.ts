import fc from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { gridSize, propose, type Configuration, type Json, type Space } from '../../../src/sweep/search/index.ts';
import { gridValues } from '../../../src/sweep/search/values.ts';
import { anySpace, isOf } from './spaces.ts';

const depths: Space = [
  { kind: 'choice', path: 'depth', values: [3, 4, 5] },
  { kind: 'choice', path: 'kernel4', values: ['3x3', '5x3'], when: { depth: [4, 5] } },
  { kind: 'choice', path: 'kernel5', values: ['3x3', '1x3'], when: { depth: [5] } },
];

describe('a grid', () => {
  test('lists the values in the order declared, the last parameter fastest', () => {
    expect(listGrid(depths)).toEqual([
      { depth: 3 },
      { depth: 4, kernel4: '3x3' },
      { depth: 4, kernel4: '5x3' },
      { depth: 5, kernel4: '3x3', kernel5: '3x3' },
      { depth: 5, kernel4: '3x3', kernel5: '1x3' },
      { depth: 5, kernel4: '5x3', kernel5: '3x3' },
      { depth: 5, kernel4: '5x3', kernel5: '1x3' },
    ]);
  });

  test('is the same when a condition stands before what it depends on', () => {
    const [depth, kernel4, kernel5] = depths;
    if (!depth || !kernel4 || !kernel5) throw new Error('there are three');
    expect(listGrid([kernel5, kernel4, depth]).map(canonical).sort()).toEqual(listGrid(depths).map(canonical).sort());
  });

  test('knows conditions on several parameters, and on parameters that may be absent', () => {
    const space: Space = [
      { kind: 'choice', path: 'a', values: [true, false] },
      { kind: 'choice', path: 'b', values: [1, 2], when: { a: [true] } },
      { kind: 'choice', path: 'c', values: ['x', 'y', 'z'], when: { a: [true], b: [2] } },
    ];
    expect(gridSize(space)).toBe(5);
    expect(listGrid(space)).toHaveLength(5);
  });

  test('counts what it lists, each configuration once and each allowed', () => {
    fc.assert(
      fc.property(anySpace, (space) => {
        fc.pre(gridSize(space) < 400);
        const all = listGrid(space);
        expect(all.map(canonical)).toEqual(bruteForce(space).map(canonical));
        expect(all).toHaveLength(gridSize(space));
        expect(new Set(all.map(canonical)).size).toBe(all.length);
        expect(all.every((configuration) => isOf(space, configuration))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('of a billion configurations is counted and entered without listing it', () => {
    const space: Space = Array.from({ length: 9 }, (_, at) => ({
      kind: 'range',
      path: `p${at}`,
      low: 0,
      high: 9,
      integer: true,
    }));
    expect(gridSize(space)).toBe(1e9);
    const request = { space, strategy: { kind: 'grid' }, seed: 0, observations: [] } as const;
    expect(Object.values(propose({ ...request, trial: 123456789 }) ?? {})).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(propose({ ...request, trial: 1e9 })).toBeUndefined();
  });

  test('takes both ends of a range, and equal ratios between them with `log`', () => {
    const range = { kind: 'range', path: 'rate', low: 1e-4, high: 1e-1 } as const;
    expect(gridValues({ ...range, log: true, steps: 4 })).toEqual([0.0001, 0.001, 0.01, 0.1]);
    expect(gridValues({ ...range, low: 0, high: 1, steps: 5 })).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(gridValues({ ...range, steps: 1 })).toEqual([1e-4]);
  });

  test('takes every value of a range with a step, without the dust of binary fractions', () => {
    expect(gridValues({ kind: 'range', path: 'x', low: 0, high: 0.5, step: 0.1 })).toEqual([
      0, 0.1, 0.2, 0.3, 0.4, 0.5,
    ]);
    expect(gridValues({ kind: 'range', path: 'x', low: 1, high: 8, step: 3, integer: true })).toEqual([1, 4, 7]);
    expect(gridValues({ kind: 'range', path: 'x', low: 2, high: 2 })).toEqual([2]);
  });

  test('has a whole number once when steps are closer than whole numbers', () => {
    const range = { kind: 'range', path: 'x', low: 1, high: 4, integer: true, steps: 9 } as const;
    expect(gridValues(range)).toEqual([1, 2, 3, 4]);
  });

  test('refuses a range without steps', () => {
    expect(() => gridSize([{ kind: 'range', path: 'rate', low: 0, high: 1 }])).toThrow('steps');
  });
});

function listGrid(space: Space): Configuration[] {
  const found: Configuration[] = [];
  for (let trial = 0; ; trial++) {
    const configuration = propose({ space, strategy: { kind: 'grid' }, seed: 0, trial, observations: [] });
    if (!configuration) return found;
    found.push(configuration);
  }
}

/** By listing every combination and leaving out what does not exist in it. The space is in order of its conditions. */
function bruteForce(space: Space): Configuration[] {
  let rows: Record<string, Json>[] = [{}];
  for (const parameter of space) {
    rows = rows.flatMap((row) => {
      const wanted = Object.entries(parameter.when ?? {}).every(([path, values]) =>
        values.some((value) => JSON.stringify(value) === JSON.stringify(row[path])),
      );
      return wanted ? gridValues(parameter).map((value) => ({ ...row, [parameter.path]: value })) : [row];
    });
  }
  return rows;
}

function canonical(configuration: Configuration): string {
  return JSON.stringify(Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : 1)));
}
