import { describe, expect, test } from 'vitest';
import { dependencyOrder } from '../../../src/sweep/search/conditions.ts';
import { spaceProblems, type Parameter, type Space } from '../../../src/sweep/search/index.ts';

const choice = { kind: 'choice', path: 'a', values: [1, 2] } as const;
const range = { kind: 'range', path: 'a', low: 0, high: 1 } as const;

test.each<[string, Parameter, string]>([
  ['no values', { ...choice, values: [] }, 'has no values'],
  ['a value twice', { ...choice, values: [1, [2], [2]] }, 'has the value [2] twice'],
  ['its ends the wrong way round', { ...range, low: 2 }, 'ends at 1, which is below its begin 2'],
  ['an end that is no number', { ...range, high: Infinity }, 'has an end that is no number'],
  ['a step of nothing', { ...range, step: 0 }, 'has a step that is not above 0'],
  [
    'half a whole number',
    { ...range, integer: true, high: 1.5 },
    'is of whole numbers, but does not begin, end or step so',
  ],
  ['ratios from zero', { ...range, log: true }, 'is searched by ratio, but does not begin above 0'],
  [
    'ratios of a wide step',
    { ...range, low: 1, high: 9, log: true, step: 2 },
    'is searched by ratio, but its step is twice its begin or more',
  ],
  ['steps without end', { ...range, step: 1e-9 }, 'has more than a million steps: leave the step out'],
  ['half a grid point', { ...range, steps: 1.5 }, 'has `steps` that are no count'],
  ['a condition on itself', { ...choice, when: { a: [1] } }, 'has a condition on itself'],
  ['a condition on nothing', { ...choice, when: { b: [1] } }, 'depends on b, which is not searched'],
])('a parameter with %s has a problem', (_, parameter, problem) => {
  expect(spaceProblems([parameter])).toEqual([{ path: 'a', problem }]);
});

describe('a space', () => {
  test('without problems has none', () => {
    const space: Space = [choice, { ...range, path: 'b', when: { a: [2] } }];
    expect(spaceProblems(space)).toEqual([]);
  });

  test('needs steps in a grid only', () => {
    expect(spaceProblems([range], 'grid')).toEqual([{ path: 'a', problem: 'needs `steps` in a grid' }]);
    expect(spaceProblems([{ ...range, steps: 3 }], 'grid')).toEqual([]);
    expect(spaceProblems([{ ...range, low: 1 }], 'grid')).toEqual([]);
  });

  test('may not have a path twice', () => {
    expect(spaceProblems([choice, choice])).toEqual([{ path: 'a', problem: 'is there twice' }]);
  });

  test('may not wait for a value that never comes', () => {
    const impossible: Space = [
      choice,
      { ...range, path: 'b', when: { a: [3] } },
      { ...choice, path: 'c', when: { a: [] } },
    ];
    expect(spaceProblems(impossible).map(({ problem }) => problem)).toEqual([
      'depends on a being 3, which it never is',
      'depends on a, but no value of it would do',
    ]);
  });

  test('names the parameters of a circle, and is not searched', () => {
    const circle: Space = [
      { ...choice, path: 'a', when: { c: [1] } },
      { ...choice, path: 'b', when: { a: [1] } },
      { ...choice, path: 'c', when: { b: [1] } },
      { ...choice, path: 'd', when: { a: [1] } },
    ];
    expect(spaceProblems(circle).map(({ path }) => path)).toEqual(['a', 'b', 'c']);
    expect(() => dependencyOrder(circle)).toThrow(RangeError);
  });
});
